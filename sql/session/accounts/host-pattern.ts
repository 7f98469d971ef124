/** Host parts of account names: names, addresses, `%` and `_` wildcards, address/netmask and CIDR. */

function ipv4(text: string): number | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let value = 0;
  for (const part of parts) {
    const byte = Number(part);
    if (!/^\d{1,3}$/.test(part) || byte > 255) return undefined;
    value = value * 256 + byte;
  }
  return value;
}

function inNetwork(pattern: string, host: string): boolean {
  const [network = '', mask = ''] = pattern.split('/');
  const address = ipv4(host);
  const base = ipv4(network);
  if (address === undefined || base === undefined) return false;
  const bits = /^\d{1,2}$/.test(mask) ? (Number(mask) === 0 ? 0 : (-1 << (32 - Number(mask))) >>> 0) : ipv4(mask);
  return bits !== undefined && (address & bits) === (base & bits);
}

function likeExpression(pattern: string): RegExp {
  const source = pattern.replace(/\\?[\s\S]/g, (token) => {
    if (token === '%') return '.*';
    if (token === '_') return '.';
    const character = token.length === 2 ? token.slice(1) : token;
    return character.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${source}$`, 'is');
}

/** The loopback is known to clients as 'localhost' and by its addresses. */
const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '::1']);

export function hostMatches(pattern: string, host: string): boolean {
  if (pattern === '%' || pattern === '') return true;
  const candidates = LOOPBACK.has(host) ? ['localhost', '127.0.0.1', '::1'] : [host];
  if (pattern.includes('/')) return candidates.some((candidate) => inNetwork(pattern, candidate));
  const expression = likeExpression(pattern);
  return candidates.some((candidate) => expression.test(candidate));
}

/** Sorts patterns: plain names first, then by how late the first wildcard comes. */
export function hostRank(pattern: string): number {
  if (pattern === '' || pattern === '%') return 1_000;
  const wildcard = pattern.search(/[%_]/);
  if (wildcard < 0) return pattern.includes('/') ? 1 : 0;
  return 999 - Math.min(wildcard, 900);
}
