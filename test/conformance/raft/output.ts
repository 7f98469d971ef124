/**
 * Where a cluster under test writes: its log lines and what the directives show, in one stream. Log level `none`
 * silences everything.
 */
import type { Logger } from '../../../raft/index.ts';

const LEVELS = ['DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL', 'NONE'] as const;
export type Level = (typeof LEVELS)[number];

export function levelOf(name: string): Level | undefined {
  return LEVELS.find((level) => level === name.toUpperCase());
}

export class Output implements Logger {
  level: Level = 'DEBUG';
  #text = '';

  get quiet(): boolean {
    return this.level === 'NONE';
  }

  write(text: string): void {
    if (!this.quiet) this.#text += text;
  }

  /** What was written since the last take. */
  take(): string {
    const text = this.#text;
    this.#text = '';
    return text;
  }

  /** Whatever `body` writes is indented by two spaces. */
  indented(body: () => void): void {
    const before = this.#text;
    this.#text = '';
    body();
    const lines = this.#text.split('\n');
    if (lines.at(-1) === '') lines.pop();
    this.#text = before + lines.map((line) => `  ${line}\n`).join('');
  }

  debug(message: string): void {
    this.#log('DEBUG', message);
  }

  info(message: string): void {
    this.#log('INFO', message);
  }

  warning(message: string): void {
    this.#log('WARN', message);
  }

  error(message: string): void {
    this.#log('ERROR', message);
  }

  #log(level: Level, message: string): void {
    if (LEVELS.indexOf(level) >= LEVELS.indexOf(this.level)) this.write(`${level} ${message}\n`);
  }
}
