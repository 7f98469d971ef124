/** Versions of stores, as PD compares them: a cluster is as new as its oldest store. */

export interface StoreVersion {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
}

/** undefined when the text is no semantic version. A leading `v` and a suffix after `-` or `+` are accepted. */
export function parseVersion(text: string): StoreVersion | undefined {
  const match = /^v?(\d{1,6})\.(\d{1,6})\.(\d{1,6})(?:[-+].*)?$/.exec(text);
  if (match === null) return undefined;
  return { major: Number(match[1]), minor: Number(match[2]), patch: Number(match[3]) };
}

export function compareVersions(a: StoreVersion, b: StoreVersion): number {
  return a.major - b.major || a.minor - b.minor || a.patch - b.patch;
}

/** Whether a store of version `store` may join a cluster of version `cluster`. */
export function isCompatible(cluster: StoreVersion, store: StoreVersion): boolean {
  return compareVersions(cluster, store) <= 0 || (cluster.major === store.major && cluster.minor === store.minor);
}
