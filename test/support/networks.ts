/**
 * A network of its own for each member of a cluster: a network namespace, joined by a virtual cable to one bridge, so that
 * single members can be cut off. Needs Linux, root and iproute2.
 */

import { spawnSync } from 'node:child_process';
import type { Site } from './cluster-process.ts';

function ip(...words: readonly string[]): boolean {
  return spawnSync('ip', words, { stdio: 'ignore' }).status === 0;
}

export class Networks {
  readonly #tag: string;
  readonly #names: readonly string[];

  private constructor(tag: string, names: readonly string[]) {
    this.#tag = tag;
    this.#names = names;
  }

  /** Undefined where networks cannot be made. */
  static make(names: readonly string[]): Networks | undefined {
    const networks = new Networks(`sh${process.pid % 100_000}`, names);
    if (networks.#setUp()) return networks;
    networks.remove();
    return undefined;
  }

  get #bridge(): string {
    return `${this.#tag}b`;
  }

  /** Third byte of all addresses, so that several runs on one machine do not meet. */
  get #subnet(): string {
    return `10.214.${process.pid % 250}`;
  }

  #setUp(): boolean {
    if (!ip('link', 'add', this.#bridge, 'type', 'bridge')) return false;
    if (!ip('addr', 'add', `${this.#subnet}.1/24`, 'dev', this.#bridge)) return false;
    if (!ip('link', 'set', this.#bridge, 'up')) return false;
    return this.#names.every((name, i) => this.#join(name, i));
  }

  #join(name: string, i: number): boolean {
    const space = this.#space(name);
    const inside = ['netns', 'exec', space, 'ip'];
    return (
      ip('netns', 'add', space) &&
      ip('link', 'add', this.#cable(i), 'type', 'veth', 'peer', 'name', 'eth0', 'netns', space) &&
      ip('link', 'set', this.#cable(i), 'master', this.#bridge, 'up') &&
      ip(...inside, 'addr', 'add', `${this.#address(i)}/24`, 'dev', 'eth0') &&
      ip(...inside, 'link', 'set', 'eth0', 'up') &&
      ip(...inside, 'link', 'set', 'lo', 'up')
    );
  }

  #space(name: string): string {
    return `${this.#tag}-${name}`;
  }

  #cable(i: number): string {
    return `${this.#tag}c${i}`;
  }

  #address(i: number): string {
    return `${this.#subnet}.${i + 10}`;
  }

  siteOf(name: string): Site {
    const host = this.#address(this.#names.indexOf(name));
    return { host, listenHost: '0.0.0.0', wrapper: ['ip', 'netns', 'exec', this.#space(name)] };
  }

  /** Nothing reaches the member or leaves it; connections stay open and hang. */
  cut(name: string): void {
    ip('link', 'set', this.#cable(this.#names.indexOf(name)), 'down');
  }

  heal(name: string): void {
    ip('link', 'set', this.#cable(this.#names.indexOf(name)), 'up');
  }

  remove(): void {
    for (const [i, name] of this.#names.entries()) {
      ip('link', 'del', this.#cable(i));
      ip('netns', 'del', this.#space(name));
    }
    ip('link', 'del', this.#bridge);
  }
}
