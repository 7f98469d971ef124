/**
 * Times of the normaliser, the parser and node-sql-parser on the same statements, interleaved: `node dist/bench/parser/parse-times.js`.
 * Figures are the best of several rounds, in microseconds per statement; only ratios within one run mean anything.
 */

import nodeSqlParser from 'node-sql-parser/build/mysql.js';
import { Normalizer } from '../../sql/parser/normalize.ts';
import { parse } from '../../sql/parser/parse.ts';
import { DEFAULT_PARSER_MODE } from '../../sql/parser/sql-mode.ts';

const ROW = "(1, 2, 'abc', 'def', 5.5, '2020-01-01', 7, 8, 'some text here', 'more text that is a bit longer')";
const COLUMNS = 'INSERT INTO sbtest1 (a, b, c, d, e, f, g, h, i, j) VALUES ';
const STATEMENTS: readonly (readonly [string, string])[] = [
  ['point select', 'SELECT c FROM sbtest1 WHERE id=12345'],
  ['update by key', "UPDATE sbtest1 SET k=k+1, c='abc' WHERE id=12345"],
  ['10-column insert', COLUMNS + ROW],
  ['100 rows of 10 columns', COLUMNS + new Array(100).fill(ROW).join(', ')],
  [
    'TPC-H Q5',
    "select n_name, sum(l_extendedprice * (1 - l_discount)) as revenue from customer, orders, lineitem, supplier, nation, region where c_custkey = o_custkey and l_orderkey = o_orderkey and l_suppkey = s_suppkey and c_nationkey = s_nationkey and s_nationkey = n_nationkey and n_regionkey = r_regionkey and r_name = 'ASIA' and o_orderdate >= '1994-01-01' and o_orderdate < '1994-01-01' + interval 1 year group by n_name order by revenue desc",
  ],
];
const ROUNDS = 21;
const BUDGET_MICROS = 8_000;

type Job = () => unknown;

function micros(job: Job, count: number): number {
  const begin = process.hrtime.bigint();
  for (let i = 0; i < count; i++) job();
  return Number(process.hrtime.bigint() - begin) / 1_000 / count;
}

/** The best round's microseconds of each job, all of them taking turns. */
function bestTimes(jobs: readonly Job[]): number[] {
  const counts = jobs.map((job) => {
    micros(job, 300);
    return Math.max(1, Math.round(BUDGET_MICROS / micros(job, 20)));
  });
  const samples = jobs.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, job] of jobs.entries()) samples[i]!.push(micros(job, counts[i]!));
  }
  return samples.map((list) => Math.min(...list));
}

const normalizer = new Normalizer();
const other = new nodeSqlParser.Parser();
const rows = STATEMENTS.map(([name, sql]) => {
  const bytes = Buffer.from(sql);
  const [normalized, parsed, foreign] = bestTimes([
    () => normalizer.normalize(bytes, DEFAULT_PARSER_MODE),
    () => parse(bytes),
    () => other.astify(sql),
  ]);
  return [name, normalized!.toFixed(2), parsed!.toFixed(2), foreign!.toFixed(1), `${(foreign! / parsed!).toFixed(0)}×`];
});
for (const row of [['statement', 'normalise', 'parse', 'node-sql-parser', 'ratio'], ...rows]) {
  process.stdout.write(`${row.map((cell, i) => (i === 0 ? cell!.padEnd(24) : cell!.padStart(16))).join('')}\n`);
}
