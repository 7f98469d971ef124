/** Dependencies and anti-dependencies between transactions, and the search for a cycle. Nodes are numbers. */

export class Graph {
  readonly #dependencies = new Map<number, Set<number>>();
  readonly #antiDependencies = new Map<number, Set<number>>();

  dependency(from: number, to: number): void {
    addEdge(this.#dependencies, from, to);
  }

  antiDependency(from: number, to: number): void {
    addEdge(this.#antiDependencies, from, to);
  }

  /** Each dependency, alone and followed by one anti-dependency. */
  composed(): ReadonlyMap<number, ReadonlySet<number>> {
    const edges = new Map<number, Set<number>>();
    for (const [from, targets] of this.#dependencies) {
      for (const to of targets) {
        addEdge(edges, from, to);
        for (const beyond of this.#antiDependencies.get(to) ?? []) addEdge(edges, from, beyond);
      }
    }
    return edges;
  }
}

function addEdge(edges: Map<number, Set<number>>, from: number, to: number): void {
  const targets = edges.get(from);
  if (targets === undefined) edges.set(from, new Set([to]));
  else targets.add(to);
}

/** The nodes of one cycle in order, or undefined. Depth first, without recursion. */
export function findCycle(edges: ReadonlyMap<number, ReadonlySet<number>>): readonly number[] | undefined {
  const finished = new Set<number>();
  for (const root of edges.keys()) {
    if (finished.has(root)) continue;
    const path: number[] = [root];
    const onPath = new Set(path);
    const pending = [(edges.get(root) ?? new Set<number>()).values()];
    while (path.length > 0) {
      const next = pending.at(-1)?.next();
      if (next === undefined || next.done === true) {
        pending.pop();
        const node = path.pop();
        if (node === undefined) break;
        onPath.delete(node);
        finished.add(node);
        continue;
      }
      const node = next.value;
      if (onPath.has(node)) return path.slice(path.indexOf(node));
      if (finished.has(node)) continue;
      path.push(node);
      onPath.add(node);
      pending.push((edges.get(node) ?? new Set<number>()).values());
    }
  }
  return undefined;
}
