import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { SqlError } from '../../../engine/index.ts';
import { SqlHarness } from '../support/sql-harness.ts';

describe('statements end to end over a store in memory', () => {
  let sql: SqlHarness;

  before(async () => {
    sql = await SqlHarness.open();
    await sql.query('create database d');
    await sql.query('use d');
    await sql.query(
      'create table t(a int primary key auto_increment, b varchar(20), c decimal(10,2) default 1.5, key(b))',
    );
    await sql.query("insert into t(b) values('x'),('y'),('z')");
  });

  after(() => sql.close());

  const rows = async (text: string): Promise<unknown> => (await sql.query(text)).rows;
  const fails = (text: string, errno: number): Promise<void> =>
    assert.rejects(sql.query(text), (error) => error instanceof SqlError && error.errno === errno);

  it('reads by key, by index and by scan', async () => {
    assert.deepEqual(await rows('select b from t where a=2'), [['y']]);
    assert.deepEqual(await rows("select a from t where b='z'"), [['3']]);
    assert.deepEqual(await rows('select a from t where c > 1 order by a desc limit 2'), [['3'], ['2']]);
  });

  it('joins, groups and nests', async () => {
    assert.deepEqual(await rows("select t.a, u.b from t join t u on t.a=u.a where u.b='y'"), [['2', 'y']]);
    assert.deepEqual(await rows('select count(*), sum(c) from t'), [['3', '4.50']]);
    assert.deepEqual(await rows('select a, (select count(*) from t u where u.a<=t.a) from t order by 1'), [
      ['1', '1'],
      ['2', '2'],
      ['3', '3'],
    ]);
    assert.deepEqual(await rows('select a from t where a not in (select 2)'), [['1'], ['3']]);
  });

  it('keeps unique keys unique', async () => {
    await fails("insert into t values(1,'again',0)", 1062);
    assert.deepEqual(await rows('select count(*) from t'), [['3']]);
  });

  it('changes rows in every way', async () => {
    await sql.query('create table w(id int primary key, v int, unique key(v))');
    await sql.query('insert into w values(1,1),(2,2)');
    assert.equal((await sql.query('insert into w values(1,5) on duplicate key update v=v+10')).affectedRows, 2);
    assert.equal((await sql.query('replace into w values(3,2)')).affectedRows, 2);
    assert.equal((await sql.query('update w set v=v+1 where id=3')).info, 'Rows matched: 1  Changed: 1  Warnings: 0');
    assert.deepEqual(await rows('select * from w order by id'), [
      ['1', '11'],
      ['3', '3'],
    ]);
    assert.equal((await sql.query('delete from w where v=11')).affectedRows, 1);
    assert.deepEqual(await rows('select id from w'), [['3']]);
  });

  it('enforces foreign keys', async () => {
    await sql.query('create table p(id int primary key)');
    await sql.query('create table k(id int primary key, p int, foreign key(p) references p(id) on delete cascade)');
    await sql.query('insert into p values(1)');
    await sql.query('insert into k values(1,1)');
    await fails('insert into k values(2,9)', 1452);
    await sql.query('delete from p');
    assert.deepEqual(await rows('select * from k'), []);
    await fails('drop table p', 3730);
  });

  it('alters tables in place and by copy', async () => {
    await sql.query('create table m(a int, b varchar(10))');
    await sql.query("insert into m values(1,'1'),(2,'2')");
    await sql.query('alter table m add column z int not null default 7, add unique key(a)');
    assert.deepEqual(await rows('select * from m where a=2'), [['2', '2', '7']]);
    await sql.query('alter table m modify b bigint not null, drop column z');
    assert.deepEqual(await rows('select * from m order by b'), [
      ['1', '1'],
      ['2', '2'],
    ]);
    await fails('insert into m values(1,3)', 1062);
  });

  it('names what it does not find', async () => {
    await fails('select nope from t', 1054);
    await fails('select * from missing', 1146);
    await fails('select a, b from t group by b', 1055);
  });
});
