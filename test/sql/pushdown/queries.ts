/** Queries over t(a int primary key, b int, c varchar(20), d decimal(10,2), e double, key(b)) with answers in a fixed order. */

export const queries: readonly string[] = [
  'select count(*) from t',
  'select * from t',
  'select * from t order by a desc',
  'select count(*), sum(b), avg(b), min(c), max(c), count(c), bit_xor(a), avg(d) from t',
  'select b, count(*), sum(a) from t group by b',
  'select distinct b from t',
  "select a + 1, upper(c) from t where b > 3 and c like 'v1%'",
  'select * from t order by c desc, a limit 5',
  'select * from t limit 7 offset 3',
  'select * from t where a > 10 order by a desc limit 4',
  'select b from t where b = 3 limit 2',
  'select sum(e), avg(e), count(distinct b) from t',
  "select t.a, u.b from t join t u on t.a = u.b where u.c > 'v2' order by 1, 2",
  'select a from t where d > now() - interval 100 year and a < 20',
  'select 1 from t where a > 95',
  'select count(*) from t where a > 1000',
  'select b, count(*) from t where a > 1000 group by b',
  'select a / (b - 3) from t where a < 10',
];
