/** Random tables of all column types, and random queries over them whose answers have a fixed order. */

import type { SeededRandom } from '../../../base/index.ts';
import type { SqlHarness } from '../support/sql-harness.ts';

export const TABLES: readonly string[] = [
  `create table t(id int primary key, i int, u bigint unsigned, f double, n decimal(12,3),
    s varchar(30), sb varchar(30) collate utf8mb4_bin, dt datetime(3), da date, ti time, ts timestamp null,
    en enum('x','y','z'), st set('a','b','c'), bi bit(8), yr year, bl varbinary(20), key(i), key(s), key(n, i))`,
  'create table w(a varchar(10), b int, i int, n decimal(12,3), s varchar(30), primary key(a, b), unique key(i))',
  'create table h(i int, s varchar(30) collate utf8mb4_general_ci, da date, key(s, i))',
];

type Kind = 'int' | 'real' | 'decimal' | 'string' | 'datetime' | 'time' | 'bytes';

const COLUMNS: Readonly<Record<string, Readonly<Partial<Record<Kind, readonly string[]>>>>> = {
  t: {
    int: ['id', 'i', 'yr', 'u'],
    real: ['f'],
    decimal: ['n'],
    string: ['s', 'sb', 'en', 'st'],
    datetime: ['dt', 'da', 'ts'],
    time: ['ti'],
    bytes: ['bl', 'bi'],
  },
  w: { int: ['b', 'i'], decimal: ['n'], string: ['a', 's'] },
  h: { int: ['i'], string: ['s'], datetime: ['da'] },
};

const INDEXES: Readonly<Record<string, readonly string[]>> = { t: ['i', 's', 'n'], w: ['i'], h: ['s'] };

const WORDS = ['', 'a', 'B', 'b', 'ab', 'Zoë', 'zoe', 'x y', '12', '7e1', 'naïve', '%_', '日本', ' pad ', "o''k"];

export class QueryMaker {
  readonly #random: SeededRandom;
  #table = 't';

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  #pick<T>(items: readonly T[]): T {
    return items[this.#random.below(items.length)]!;
  }

  #chance(share: number): boolean {
    return this.#random.float() < share;
  }

  async fill(sql: SqlHarness, rows: number): Promise<void> {
    for (const text of TABLES) await sql.query(text);
    const values: Record<string, string[]> = { t: [], w: [], h: [] };
    for (let id = 0; id < rows; id++) {
      const columns = ['int', 'bigint', 'real', 'decimal', 'string', 'string', 'datetime', 'date', 'time', 'datetime'];
      const row = columns.map((kind) => this.#value(kind));
      const rest = [
        this.#value('enum'),
        this.#value('set'),
        this.#value('bit'),
        this.#value('year'),
        this.#value('string'),
      ];
      values['t']!.push(`(${id * 3}, ${[...row, ...rest].join(', ')})`);
      values['w']!.push(
        `('${this.#pick(WORDS)}', ${id}, ${id * 2}, ${this.#value('decimal')}, ${this.#value('string')})`,
      );
      values['h']!.push(`(${this.#value('int')}, ${this.#value('string')}, ${this.#value('date')})`);
    }
    for (const [table, list] of Object.entries(values)) {
      for (let at = 0; at < list.length; at += 100) {
        await sql.query(`insert into ${table} values ${list.slice(at, at + 100).join(', ')}`);
      }
    }
  }

  #value(kind: string): string {
    if (this.#chance(0.12)) return 'null';
    const int = (limit: number): number => this.#random.below(limit);
    const two = (limit: number): string => String(int(limit)).padStart(2, '0');
    switch (kind) {
      case 'int':
        return String(int(40) - 10);
      case 'bigint':
        return this.#chance(0.1) ? '18446744073709551615' : String(int(1000));
      case 'real':
        return this.#pick(['0', '-1.5', '0.1', '3e10', '2.25', '-7']);
      case 'decimal':
        return this.#pick(['0', '1.500', '-2.250', '99999.999', '7', '0.001', '-12.000']);
      case 'date':
        return `'20${two(30)}-0${1 + int(9)}-${1 + int(28)}'`;
      case 'datetime':
        return `'20${two(30)}-0${1 + int(9)}-${1 + int(28)} ${two(24)}:${two(60)}:${two(60)}.${int(1000)}'`;
      case 'time':
        return `'${int(100)}:${two(60)}:${two(60)}'`;
      case 'enum':
        return this.#pick(["'x'", "'y'", "'z'"]);
      case 'set':
        return this.#pick(["'a'", "'b,c'", "''", "'a,c'"]);
      case 'bit':
        return `b'${int(2)}${int(2)}01'`;
      case 'year':
        return String(1990 + int(40));
      default:
        return `'${this.#pick(WORDS)}'`;
    }
  }

  /** A column of the kind, or a literal where the table has none. */
  #leaf(kind: Kind): string {
    const columns = COLUMNS[this.#table]?.[kind];
    if (columns !== undefined && this.#chance(0.75)) return this.#pick(columns);
    switch (kind) {
      case 'int':
        return String(this.#random.below(30) - 5);
      case 'real':
        return this.#pick(['1.5e0', '0e0', '-2e3']);
      case 'decimal':
        return this.#pick(['1.25', '0.5', '-3.001']);
      case 'datetime':
        return this.#pick(["timestamp'2015-06-01 12:00:00'", "date'2010-03-04'"]);
      case 'time':
        return "time'12:30:00'";
      default:
        return `'${this.#pick(WORDS)}'`;
    }
  }

  #column(): string {
    return this.#pick(Object.values(COLUMNS[this.#table] ?? {}).flat());
  }

  #expression(kind: Kind, depth: number): string {
    if (depth <= 0 || this.#chance(0.3)) return this.#leaf(kind);
    const of = (other: Kind): string => this.#expression(other, depth - 1);
    const any = (): string => of(this.#pick(['int', 'decimal', 'string', 'datetime', 'real'] as const));
    switch (kind) {
      case 'int':
        return this.#pick([
          () => `(${of('int')} ${this.#pick(['+', '-', '*', '%', 'div', '&', '|'])} ${this.#random.below(9) + 1})`,
          () => `length(${of('string')})`,
          () => `char_length(${of('string')})`,
          () => `${this.#pick(['year', 'month', 'dayofmonth', 'quarter', 'to_days', 'weekday'])}(${of('datetime')})`,
          () => `hour(${of('time')})`,
          () => `if(${this.#condition(depth - 1)}, ${of('int')}, ${of('int')})`,
          () => `abs(${this.#leaf('int')} - 3)`,
          () => `-(${this.#random.below(5)} + id * 0)`.replace('id', this.#leaf('decimal')),
          () => `(${this.#condition(depth - 1)})`,
          () => `instr(${of('string')}, ${of('string')})`,
          () => `sign(${of('decimal')})`,
          () => `cast(${this.#column()} as ${this.#pick(['signed', 'unsigned'])})`,
        ])();
      case 'real':
        return this.#pick([
          () => `(${of('real')} ${this.#pick(['+', '-', '*'])} ${of('real')})`,
          () => `sqrt(${of('int')})`,
          () => `(${of('string')} + 0)`,
          () => `cast(${this.#column()} as double)`,
          () => `ifnull(${of('real')}, ${of('real')})`,
        ])();
      case 'decimal':
        return this.#pick([
          () => `(${of('decimal')} ${this.#pick(['+', '-', '*', '/'])} ${of('decimal')})`,
          () => `(${of('int')} / ${of('int')})`,
          () => `cast(${this.#column()} as decimal(10,${this.#random.below(4)}))`,
          () => `coalesce(${of('decimal')}, ${of('int')}, 0)`,
          () => `case when ${this.#condition(depth - 1)} then ${of('decimal')} else ${of('int')} end`,
        ])();
      case 'string':
        return this.#pick([
          () => `concat(${of('string')}, ${any()})`,
          () => `${this.#pick(['upper', 'lower', 'trim', 'reverse', 'ltrim'])}(${of('string')})`,
          () => `left(${of('string')}, ${this.#random.below(4)})`,
          () => `replace(${of('string')}, 'a', 'ä')`,
          () => `ifnull(${of('string')}, 'none')`,
          () => `cast(${this.#column()} as char)`,
          () => `date_format(${of('datetime')}, '%Y-%m %H')`,
          () => `substring_index(${of('string')}, 'b', 1)`,
        ])();
      case 'datetime':
        return this.#pick([
          () => `date(${of('datetime')})`,
          () => `ifnull(${of('datetime')}, ${of('datetime')})`,
          () => `last_day(${of('datetime')})`,
          () => `${of('datetime')} + interval ${this.#random.below(40)} day`,
        ])();
      default:
        return this.#leaf(kind);
    }
  }

  #condition(depth: number): string {
    const kind = this.#pick(['int', 'decimal', 'string', 'datetime', 'real', 'time', 'bytes'] as const);
    const of = (other: Kind): string => this.#expression(other, depth);
    return this.#pick([
      () => `${of(kind)} ${this.#pick(['=', '<>', '<', '<=', '>', '>=', '<=>'])} ${of(kind)}`,
      () => `${of('int')} ${this.#pick(['<', '>='])} ${of('decimal')}`,
      () => `${of(kind)} in (${of(kind)}, ${of(kind)}, ${this.#leaf(kind)})`,
      () => `${of(kind)} is ${this.#pick(['null', 'not null'])}`,
      () => `${of('int')} between ${this.#random.below(5)} and ${this.#random.below(30)}`,
      () => `${of('string')} like '${this.#pick(['%a%', 'b%', '_', '%\\\\%%', 'zo_', '%'])}'`,
      () => (depth > 0 ? `(${this.#condition(depth - 1)} or ${this.#condition(depth - 1)})` : `${of('int')} = 3`),
      () => (depth > 0 ? `not (${this.#condition(depth - 1)})` : `${of('int')} > 3`),
      () => `${of('datetime')} < now() + interval 1 day`,
    ])();
  }

  #any(depth: number): string {
    return this.#expression(
      this.#pick(['int', 'decimal', 'string', 'datetime', 'real', 'time', 'bytes'] as const),
      depth,
    );
  }

  #where(): string {
    const count = this.#random.below(3);
    const conditions = Array.from({ length: count }, () => this.#condition(2));
    if (this.#chance(0.3)) conditions.unshift(`i ${this.#pick(['=', '>', '<=', '<>'])} ${this.#random.below(20)}`);
    return conditions.length === 0 ? '' : ` where ${conditions.join(' and ')}`;
  }

  #aggregate(): string {
    return this.#pick([
      () => 'count(*)',
      () => `count(${this.#any(1)})`,
      () => `sum(${this.#expression(this.#pick(['int', 'decimal', 'real'] as const), 2)})`,
      () => `avg(${this.#expression(this.#pick(['int', 'decimal', 'real'] as const), 2)})`,
      () => `${this.#pick(['min', 'max'])}(${this.#any(2)})`,
      () => `${this.#pick(['bit_and', 'bit_or', 'bit_xor'])}(${this.#expression('int', 1)})`,
      () => `count(distinct ${this.#any(0)})`,
      () => `sum(distinct ${this.#expression(this.#pick(['int', 'decimal', 'real'] as const), 1)})`,
    ])();
  }

  query(): string {
    this.#table = this.#pick(['t', 't', 't', 'w', 'h']);
    const index = this.#pick(INDEXES[this.#table] ?? []);
    const from = ` from ${this.#table}${this.#chance(0.3) ? ` force index (${index})` : ''}`;
    const list = (make: () => string): string => {
      const count = 1 + this.#random.below(3);
      return Array.from({ length: count }, (_, i) => `${make()} as c${i}`).join(', ');
    };
    const order = this.#pick(['', ' desc']);
    return this.#pick([
      () => `select ${list(() => this.#any(2))}${from}${this.#where()}`,
      () => `select *${from}${this.#where()}`,
      () => `select ${list(() => this.#aggregate())}${from}${this.#where()}`,
      () => `select ${this.#any(1)} as g, ${list(() => this.#aggregate())}${from}${this.#where()} group by g`,
      () => `select distinct ${list(() => this.#any(1))}${from}${this.#where()}`,
      () =>
        `select *${from}${this.#where()} order by ${this.#any(1)}${order}, ${this.#leaf('int')} limit ${this.#random.below(9)}`,
      () =>
        `select ${list(() => this.#any(1))}${from}${this.#where()} limit ${this.#random.below(9)} offset ${this.#random.below(9)}`,
      () => `select *${from} order by ${this.#leaf('int')}${order} limit 5`,
      () =>
        `select ${list(() => this.#any(1))}${from}${this.#where()} order by i${order} limit ${this.#random.below(30)}`,
      () => `select count(*), max(${this.#leaf('string')})${from}${this.#where()} order by s${order}`,
    ])();
  }
}
