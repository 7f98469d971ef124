/**
 * The syntax tree of expressions, queries and data manipulation. Definition statements are in `ast-ddl.ts`, everything
 * else in `ast-utility.ts`, the union of all statements in `statement.ts`.
 *
 * Invariants: every property is always present (absent parts are `undefined` or an empty array); nodes are never changed
 * after they are made; `start` and `end` are byte offsets into the statement's UTF-8 text, `end` exclusive. Chains of AND
 * and of OR are flat, so tree depth is bounded by `MAX_NESTING` (`limits.ts`).
 */

import type { TypeName } from '../../engine/index.ts';

/** Byte offsets into the source text. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface Identifier {
  /** Unquoted, decoded from UTF-8, in the letter case of the source. */
  readonly name: string;
  readonly quoted: boolean;
}

export interface TableName {
  readonly schema: Identifier | undefined;
  readonly name: Identifier;
}

/* ------------------------------------------------------------------ expressions */

export type Expression =
  | Literal
  | ParameterMarker
  | ColumnReference
  | DefaultValue
  | InsertedValue
  | LogicalExpression
  | UnaryExpression
  | BinaryExpression
  | QuantifiedComparison
  | InList
  | InSubquery
  | BetweenExpression
  | LikeExpression
  | RegexpExpression
  | IsExpression
  | MemberOfExpression
  | RowConstructor
  | ExistsExpression
  | ScalarSubquery
  | CaseExpression
  | CastExpression
  | ConvertUsing
  | CollateExpression
  | FunctionCall
  | TrimFunction
  | ExtractFunction
  | TimestampFunction
  | DateArithmetic
  | CharFunction
  | WeightStringFunction
  | JsonValueFunction
  | JsonExtractOperator
  | MatchAgainst
  | AggregateFunction
  | WindowFunction
  | UserVariable
  | SystemVariable
  | VariableAssignment;

/**
 * Literals. `slot` is the literal's number among the values that `normalize` took out of the same text (0, 1, 2 … in
 * source order), or −1 when the text was not normalised or the literal belongs to the statement's shape.
 */
export type Literal =
  | StringLiteral
  | IntegerLiteral
  | DecimalLiteral
  | FloatLiteral
  | BytesLiteral
  | NullLiteral
  | BooleanLiteral
  | TemporalLiteral;

export interface StringLiteral extends Span {
  readonly kind: 'string';
  /** Escapes undone, adjacent literals joined. `\%` and `\_` keep their backslash, as MySQL keeps it. */
  readonly value: string;
  /** N'…'. */
  readonly national: boolean;
  /** Character set introducer in lower case without the underscore: `_latin1'…'` gives 'latin1'. */
  readonly charset: string | undefined;
  /** The bytes as sent; present with an introducer (which reinterprets them) or when they are not valid UTF-8. */
  readonly bytes: Uint8Array | undefined;
  readonly slot: number;
}

/** An unsigned integer up to 2^64 − 1; a leading minus is a unary expression, so −2^63 stays exact. */
export interface IntegerLiteral extends Span {
  readonly kind: 'integer';
  /** A number up to 2^53 − 1, else a bigint. */
  readonly value: number | bigint;
  /** Digits as written, leading zeros included. */
  readonly text: string;
  readonly slot: number;
}

/** Digits with a point, or an integer beyond 2^64 − 1: exact DECIMAL. */
export interface DecimalLiteral extends Span {
  readonly kind: 'decimal';
  readonly text: string;
  readonly slot: number;
}

/** A number with an exponent: DOUBLE. */
export interface FloatLiteral extends Span {
  readonly kind: 'float';
  readonly value: number;
  readonly text: string;
  readonly slot: number;
}

/** x'…', 0x…, b'…', 0b…: a binary string that acts as an integer in numeric context. */
export interface BytesLiteral extends Span {
  readonly kind: 'bytes';
  readonly notation: 'hex' | 'bit';
  readonly bytes: Uint8Array;
  readonly charset: string | undefined;
  readonly slot: number;
}

export interface NullLiteral extends Span {
  readonly kind: 'null';
}

export interface BooleanLiteral extends Span {
  readonly kind: 'boolean';
  readonly value: boolean;
}

/** DATE'…', TIME'…', TIMESTAMP'…' and {d '…'}, {t '…'}, {ts '…'}; the value is not checked here. */
export interface TemporalLiteral extends Span {
  readonly kind: 'temporal';
  readonly type: 'date' | 'time' | 'timestamp';
  readonly value: string;
}

/** `?`; `index` counts from 0 in source order. */
export interface ParameterMarker extends Span {
  readonly kind: 'parameter';
  readonly index: number;
}

export interface ColumnReference extends Span {
  readonly kind: 'column';
  readonly schema: Identifier | undefined;
  readonly table: Identifier | undefined;
  readonly name: Identifier;
}

/** DEFAULT as a value (column undefined) and DEFAULT(column). */
export interface DefaultValue extends Span {
  readonly kind: 'default';
  readonly column: ColumnReference | undefined;
}

/** VALUES(column) in ON DUPLICATE KEY UPDATE. */
export interface InsertedValue extends Span {
  readonly kind: 'inserted-value';
  readonly column: ColumnReference;
}

/** Two or more operands; nested operands of the same operator are merged into one list. */
export interface LogicalExpression extends Span {
  readonly kind: 'logical';
  readonly operator: 'and' | 'or';
  readonly operands: readonly Expression[];
}

/** `!` is 'not'; a unary plus leaves no node, as in MySQL. */
export interface UnaryExpression extends Span {
  readonly kind: 'unary';
  readonly operator: '-' | '~' | 'not';
  readonly operand: Expression;
}

export type ComparisonOperator = '=' | '<=>' | '<>' | '<' | '<=' | '>' | '>=';

/** `||` is here only as concatenation (PIPES_AS_CONCAT). */
export type BinaryOperator =
  | ComparisonOperator
  | 'xor'
  | '|'
  | '&'
  | '<<'
  | '>>'
  | '+'
  | '-'
  | '*'
  | '/'
  | 'div'
  | '%'
  | '^'
  | '||'
  | 'sounds like';

export interface BinaryExpression extends Span {
  readonly kind: 'binary';
  readonly operator: BinaryOperator;
  readonly left: Expression;
  readonly right: Expression;
}

/** `left = ANY (query)`; SOME is ANY. */
export interface QuantifiedComparison extends Span {
  readonly kind: 'quantified';
  readonly operator: ComparisonOperator;
  readonly quantifier: 'any' | 'all';
  readonly left: Expression;
  readonly query: QueryExpression;
}

export interface InList extends Span {
  readonly kind: 'in-list';
  readonly operand: Expression;
  readonly list: readonly Expression[];
  readonly negated: boolean;
}

export interface InSubquery extends Span {
  readonly kind: 'in-subquery';
  readonly operand: Expression;
  readonly query: QueryExpression;
  readonly negated: boolean;
}

export interface BetweenExpression extends Span {
  readonly kind: 'between';
  readonly operand: Expression;
  readonly low: Expression;
  readonly high: Expression;
  readonly negated: boolean;
}

export interface LikeExpression extends Span {
  readonly kind: 'like';
  readonly operand: Expression;
  readonly pattern: Expression;
  readonly escape: Expression | undefined;
  readonly negated: boolean;
}

export interface RegexpExpression extends Span {
  readonly kind: 'regexp';
  readonly operand: Expression;
  readonly pattern: Expression;
  readonly negated: boolean;
}

export interface IsExpression extends Span {
  readonly kind: 'is';
  readonly operand: Expression;
  readonly test: 'null' | 'true' | 'false' | 'unknown';
  readonly negated: boolean;
}

export interface MemberOfExpression extends Span {
  readonly kind: 'member-of';
  readonly operand: Expression;
  readonly array: Expression;
}

/** Two or more items: (a, b) or ROW(a, b). */
export interface RowConstructor extends Span {
  readonly kind: 'row';
  readonly items: readonly Expression[];
}

export interface ExistsExpression extends Span {
  readonly kind: 'exists';
  readonly query: QueryExpression;
}

/** A query in parentheses used as a value or row. */
export interface ScalarSubquery extends Span {
  readonly kind: 'subquery';
  readonly query: QueryExpression;
}

export interface CaseExpression extends Span {
  readonly kind: 'case';
  readonly operand: Expression | undefined;
  readonly branches: readonly { readonly when: Expression; readonly result: Expression }[];
  readonly otherwise: Expression | undefined;
}

export type CastTypeName =
  | 'binary'
  | 'char'
  | 'date'
  | 'datetime'
  | 'time'
  | 'year'
  | 'signed'
  | 'unsigned'
  | 'decimal'
  | 'float'
  | 'double'
  | 'json'
  | 'vector'
  | SpatialTypeName;

export type SpatialTypeName =
  | 'geometry'
  | 'point'
  | 'linestring'
  | 'polygon'
  | 'multipoint'
  | 'multilinestring'
  | 'multipolygon'
  | 'geometrycollection';

export interface CastType {
  readonly name: CastTypeName;
  /** Length, precision of DECIMAL and FLOAT, fraction digits of DATETIME and TIME. */
  readonly length: number | undefined;
  /** Scale of DECIMAL. */
  readonly scale: number | undefined;
  /** CHAR only; 'binary' for CHAR … BINARY's charset is left to the session (`binaryCollation`). */
  readonly charset: string | undefined;
  /** CHAR(n) BINARY: the binary collation of the character set. */
  readonly binaryCollation: boolean;
  /** CAST(… AS type ARRAY), in functional key parts only. */
  readonly array: boolean;
}

/** CAST(operand AS type), CONVERT(operand, type), BINARY operand. */
export interface CastExpression extends Span {
  readonly kind: 'cast';
  readonly operand: Expression;
  readonly type: CastType;
  /** CAST(operand AT TIME ZONE '…' AS DATETIME). */
  readonly timeZone: string | undefined;
}

export interface ConvertUsing extends Span {
  readonly kind: 'convert-using';
  readonly operand: Expression;
  /** Lower case. */
  readonly charset: string;
}

export interface CollateExpression extends Span {
  readonly kind: 'collate';
  readonly operand: Expression;
  /** Lower case. */
  readonly collation: string;
}

/**
 * A function by name. `name` is in lower case. Keyword forms arrive under the function's name: CURRENT_TIMESTAMP,
 * LOCALTIME, LOCALTIMESTAMP and NOW as 'now'; CURRENT_DATE as 'curdate'; CURRENT_TIME as 'curtime'; POSITION(a IN b) as
 * 'locate'(a, b); SUBSTR, SUBSTRING, MID with FROM … FOR as 'substring'(a, from, for); `a MOD b` is the operator '%'.
 */
export interface FunctionCall extends Span {
  readonly kind: 'call';
  /** For stored functions: db.f(…). */
  readonly schema: Identifier | undefined;
  readonly name: string;
  readonly args: readonly Expression[];
}

export interface TrimFunction extends Span {
  readonly kind: 'trim';
  readonly side: 'both' | 'leading' | 'trailing';
  /** Undefined: spaces. */
  readonly remove: Expression | undefined;
  readonly operand: Expression;
}

export type IntervalUnit =
  | 'microsecond'
  | 'second'
  | 'minute'
  | 'hour'
  | 'day'
  | 'week'
  | 'month'
  | 'quarter'
  | 'year'
  | 'second_microsecond'
  | 'minute_microsecond'
  | 'minute_second'
  | 'hour_microsecond'
  | 'hour_second'
  | 'hour_minute'
  | 'day_microsecond'
  | 'day_second'
  | 'day_minute'
  | 'day_hour'
  | 'year_month';

export interface ExtractFunction extends Span {
  readonly kind: 'extract';
  readonly unit: IntervalUnit;
  readonly operand: Expression;
}

/** TIMESTAMPADD(unit, left, right) and TIMESTAMPDIFF(unit, left, right). */
export interface TimestampFunction extends Span {
  readonly kind: 'timestamp-function';
  readonly name: 'timestampadd' | 'timestampdiff';
  readonly unit: IntervalUnit;
  readonly left: Expression;
  readonly right: Expression;
}

/** `d + INTERVAL n unit`, DATE_ADD, ADDDATE with INTERVAL, and their subtracting twins. */
export interface DateArithmetic extends Span {
  readonly kind: 'date-arithmetic';
  readonly operator: '+' | '-';
  readonly operand: Expression;
  readonly amount: Expression;
  readonly unit: IntervalUnit;
}

/** CHAR(65, 66 USING utf8mb4). */
export interface CharFunction extends Span {
  readonly kind: 'char';
  readonly args: readonly Expression[];
  readonly charset: string | undefined;
}

export interface WeightStringFunction extends Span {
  readonly kind: 'weight-string';
  readonly operand: Expression;
  readonly as: 'char' | 'binary' | undefined;
  readonly length: number | undefined;
}

export type JsonResponse =
  | { readonly kind: 'null' }
  | { readonly kind: 'error' }
  | { readonly kind: 'default'; readonly value: Expression };

/** JSON_VALUE(document, path RETURNING type … ON EMPTY … ON ERROR). */
export interface JsonValueFunction extends Span {
  readonly kind: 'json-value';
  readonly document: Expression;
  readonly path: Expression;
  readonly returning: CastType | undefined;
  readonly onEmpty: JsonResponse | undefined;
  readonly onError: JsonResponse | undefined;
}

/** `column->'$.path'`, `column->>'$.path'` (unquote). */
export interface JsonExtractOperator extends Span {
  readonly kind: 'json-extract';
  readonly column: ColumnReference;
  readonly path: StringLiteral;
  readonly unquote: boolean;
}

export interface MatchAgainst extends Span {
  readonly kind: 'match';
  readonly columns: readonly ColumnReference[];
  readonly against: Expression;
  readonly mode: 'natural' | 'natural with query expansion' | 'boolean' | 'query expansion' | undefined;
}

/** Canonical names: STD, STDDEV → stddev_pop; VARIANCE → var_pop. */
export type AggregateName =
  | 'count'
  | 'sum'
  | 'avg'
  | 'min'
  | 'max'
  | 'bit_and'
  | 'bit_or'
  | 'bit_xor'
  | 'stddev_pop'
  | 'stddev_samp'
  | 'var_pop'
  | 'var_samp'
  | 'group_concat'
  | 'json_arrayagg'
  | 'json_objectagg'
  | 'approx_count_distinct';

export interface AggregateFunction extends Span {
  readonly kind: 'aggregate';
  readonly name: AggregateName;
  readonly distinct: boolean;
  /** Empty for COUNT(*). */
  readonly args: readonly Expression[];
  /** GROUP_CONCAT only. */
  readonly orderBy: readonly OrderItem[];
  /** GROUP_CONCAT's separator; undefined: a comma. */
  readonly separator: string | undefined;
  /** Present: the aggregate is computed over a window. */
  readonly over: Window | undefined;
}

export interface WindowFunction extends Span {
  readonly kind: 'window-function';
  readonly name:
    | 'row_number'
    | 'rank'
    | 'dense_rank'
    | 'cume_dist'
    | 'percent_rank'
    | 'ntile'
    | 'lead'
    | 'lag'
    | 'first_value'
    | 'last_value'
    | 'nth_value';
  readonly args: readonly Expression[];
  readonly nulls: 'respect' | 'ignore' | undefined;
  /** NTH_VALUE … FROM LAST. */
  readonly fromLast: boolean;
  readonly over: Window;
}

/** @name, as written; MySQL compares these names without regard to case. */
export interface UserVariable extends Span {
  readonly kind: 'user-variable';
  readonly name: string;
}

export type VariableScope = 'global' | 'session' | 'persist' | 'persist_only';

/** @@name, @@session.name; `name` in lower case, with a dot for structured variables (`hot.key_buffer_size`). */
export interface SystemVariable extends Span {
  readonly kind: 'system-variable';
  /** LOCAL is session. */
  readonly scope: VariableScope | undefined;
  readonly name: string;
}

/** `@name := value`. */
export interface VariableAssignment extends Span {
  readonly kind: 'variable-assignment';
  readonly name: string;
  readonly value: Expression;
}

/* ------------------------------------------------------------------ windows */

/** OVER name, or OVER (…); the latter may inherit from `name`. */
export type Window =
  | { readonly kind: 'window-name'; readonly name: Identifier }
  | { readonly kind: 'window-specification'; readonly specification: WindowSpecification };

export interface WindowSpecification {
  readonly name: Identifier | undefined;
  readonly partitionBy: readonly Expression[];
  readonly orderBy: readonly OrderItem[];
  readonly frame: WindowFrame | undefined;
}

export interface WindowFrame {
  readonly unit: 'rows' | 'range' | 'groups';
  readonly start: FrameBound;
  /** Undefined: the short form `ROWS start`, which ends at the current row. */
  readonly end: FrameBound | undefined;
  readonly exclusion: 'current row' | 'group' | 'ties' | 'no others' | undefined;
}

export type FrameBound =
  | { readonly kind: 'current-row' }
  | { readonly kind: 'unbounded-preceding' }
  | { readonly kind: 'unbounded-following' }
  | {
      readonly kind: 'preceding' | 'following';
      readonly value: Expression;
      /** RANGE INTERVAL value unit. */
      readonly unit: IntervalUnit | undefined;
    };

export interface NamedWindow {
  readonly name: Identifier;
  readonly specification: WindowSpecification;
}

/* ------------------------------------------------------------------ queries */

/**
 * A query with what belongs to its own level. Redundant parentheses are gone: a nested QueryExpression appears as `body`
 * or as an operand only where it has clauses of its own.
 */
export interface QueryExpression extends Span {
  readonly kind: 'query';
  readonly with: WithClause | undefined;
  readonly body: QueryBody;
  readonly orderBy: readonly OrderItem[];
  readonly limit: Limit | undefined;
  readonly locking: readonly LockingClause[];
  readonly into: IntoClause | undefined;
}

export type QueryBody = Select | SetOperation | ValuesRows | TableQuery | QueryExpression;

/** INTERSECT binds tighter than UNION and EXCEPT; the tree shows the result. */
export interface SetOperation extends Span {
  readonly kind: 'set-operation';
  readonly operator: 'union' | 'except' | 'intersect';
  readonly all: boolean;
  readonly left: QueryBody;
  readonly right: QueryBody;
}

/** VALUES ROW(…), ROW(…). */
export interface ValuesRows extends Span {
  readonly kind: 'values';
  readonly rows: readonly (readonly Expression[])[];
}

/** TABLE t. */
export interface TableQuery extends Span {
  readonly kind: 'table-query';
  readonly table: TableName;
}

export interface WithClause {
  readonly recursive: boolean;
  readonly tables: readonly CommonTableExpression[];
}

export interface CommonTableExpression {
  readonly name: Identifier;
  /** Empty: the query's own names. */
  readonly columns: readonly Identifier[];
  readonly query: QueryExpression;
}

export interface Select extends Span {
  readonly kind: 'select';
  readonly hints: readonly Hint[];
  readonly distinct: boolean;
  readonly straightJoin: boolean;
  readonly calcFoundRows: boolean;
  /** HIGH_PRIORITY, SQL_SMALL_RESULT, SQL_BIG_RESULT, SQL_BUFFER_RESULT, SQL_NO_CACHE, SQL_CACHE in lower case; they change no result. */
  readonly options: readonly string[];
  readonly items: readonly SelectItem[];
  /** Comma-separated references; empty without FROM and for FROM DUAL. */
  readonly from: readonly TableReference[];
  readonly where: Expression | undefined;
  readonly groupBy: GroupBy | undefined;
  readonly having: Expression | undefined;
  readonly windows: readonly NamedWindow[];
}

export interface GroupBy {
  readonly items: readonly OrderItem[];
  readonly rollup: boolean;
}

export type SelectItem = SelectExpression | SelectWildcard;

export interface SelectExpression {
  readonly kind: 'expression';
  readonly expression: Expression;
  readonly alias: Identifier | undefined;
  /** The result column's name by MySQL's rules: the alias, a column's own name, a string's text, or the source text as written. */
  readonly name: string;
}

/** `*`, `t.*`, `db.t.*`. */
export interface SelectWildcard extends Span {
  readonly kind: 'wildcard';
  readonly schema: Identifier | undefined;
  readonly table: Identifier | undefined;
}

/** An optimizer hint as written, name in upper case: MAX_EXECUTION_TIME(1000) gives {name, argument: '1000'}. */
export interface Hint {
  readonly name: string;
  readonly argument: string;
}

export interface OrderItem {
  readonly expression: Expression;
  readonly descending: boolean;
}

/** Integer literals, `?` markers or local variables. */
export interface Limit {
  readonly count: Expression;
  readonly offset: Expression | undefined;
}

export interface LockingClause {
  readonly strength: 'update' | 'share';
  /** OF t1, t2; empty: all tables. */
  readonly tables: readonly TableName[];
  readonly wait: 'wait' | 'nowait' | 'skip locked';
  /** FOR UPDATE WAIT n (TiDB), in seconds. */
  readonly waitSeconds: number | undefined;
  /** LOCK IN SHARE MODE. */
  readonly legacy: boolean;
}

export type IntoClause =
  | { readonly kind: 'variables'; readonly targets: readonly (UserVariable | LocalVariable)[] }
  | {
      readonly kind: 'outfile';
      readonly file: string;
      readonly charset: string | undefined;
      readonly format: DataFormat;
    }
  | { readonly kind: 'dumpfile'; readonly file: string };

/** A stored program's variable or parameter. */
export interface LocalVariable {
  readonly kind: 'local-variable';
  readonly name: Identifier;
}

/** FIELDS and LINES of LOAD DATA and INTO OUTFILE; undefined: MySQL's default. */
export interface DataFormat {
  readonly fieldsTerminatedBy: string | undefined;
  readonly fieldsEnclosedBy: string | undefined;
  readonly fieldsOptionallyEnclosed: boolean;
  readonly fieldsEscapedBy: string | undefined;
  readonly linesStartingBy: string | undefined;
  readonly linesTerminatedBy: string | undefined;
}

/* ------------------------------------------------------------------ tables */

export type TableReference = BaseTable | DerivedTable | JsonTable | Join;

export interface BaseTable extends Span {
  readonly kind: 'table';
  readonly table: TableName;
  readonly alias: Identifier | undefined;
  readonly partitions: readonly Identifier[];
  readonly indexHints: readonly IndexHint[];
  /** AS OF TIMESTAMP expression: a stale read. */
  readonly asOf: Expression | undefined;
  readonly sample: TableSample | undefined;
}

export interface TableSample {
  readonly method: 'system' | 'bernoulli' | 'regions' | undefined;
  readonly percentage: Expression | undefined;
}

export interface IndexHint {
  readonly action: 'use' | 'force' | 'ignore';
  readonly scope: 'join' | 'order by' | 'group by' | undefined;
  /** PRIMARY is an identifier; empty for USE INDEX (). */
  readonly indexes: readonly Identifier[];
}

export interface DerivedTable extends Span {
  readonly kind: 'derived-table';
  readonly query: QueryExpression;
  readonly alias: Identifier;
  readonly columns: readonly Identifier[];
  readonly lateral: boolean;
}

export interface JsonTable extends Span {
  readonly kind: 'json-table';
  readonly document: Expression;
  readonly path: string;
  readonly columns: readonly JsonTableColumn[];
  readonly alias: Identifier;
}

export type JsonTableColumn =
  | { readonly kind: 'ordinality'; readonly name: Identifier }
  | {
      readonly kind: 'value' | 'exists';
      readonly name: Identifier;
      readonly type: DataType;
      readonly path: string;
      readonly onEmpty: JsonResponse | undefined;
      readonly onError: JsonResponse | undefined;
    }
  | { readonly kind: 'nested'; readonly path: string; readonly columns: readonly JsonTableColumn[] };

/** Joins without condition are CROSS; a parenthesised comma list is a chain of cross joins. */
export interface Join extends Span {
  readonly kind: 'join';
  readonly type: 'inner' | 'cross' | 'left' | 'right' | 'straight';
  readonly natural: boolean;
  readonly left: TableReference;
  readonly right: TableReference;
  readonly on: Expression | undefined;
  /** Empty: no USING. */
  readonly using: readonly Identifier[];
}

/* ------------------------------------------------------------------ types */

/** The types of column definitions; synonyms are resolved (BOOL → tinyint(1), NUMERIC → decimal, LONG → mediumtext …). */
export type DataTypeName = Exclude<TypeName, 'null'> | 'vector' | SpatialTypeName;

export interface DataType {
  readonly name: DataTypeName;
  /** Characters, bytes, bits, display width, precision of DECIMAL and FLOAT(p), or fraction digits of temporal types. */
  readonly length: number | undefined;
  /** Scale of DECIMAL(p,s), FLOAT(m,d), DOUBLE(m,d). */
  readonly scale: number | undefined;
  readonly unsigned: boolean;
  readonly zerofill: boolean;
  /** CHARACTER SET, CHARSET, ASCII ('latin1'), UNICODE ('ucs2'), BYTE ('binary'), NATIONAL ('utf8mb3'); lower case. */
  readonly charset: string | undefined;
  /** COLLATE directly in the type or among the column's options; lower case. */
  readonly collation: string | undefined;
  /** The BINARY attribute: the binary collation of the character set. */
  readonly binaryCollation: boolean;
  /** ENUM and SET members. */
  readonly elements: readonly string[];
}

/* ------------------------------------------------------------------ data manipulation */

export interface Assignment {
  readonly column: ColumnReference;
  readonly value: Expression;
}

/** INSERT and REPLACE. INSERT … SET arrives as one row with columns. */
export interface Insert extends Span {
  readonly kind: 'insert';
  readonly hints: readonly Hint[];
  readonly replace: boolean;
  readonly ignore: boolean;
  readonly priority: 'low' | 'high' | 'delayed' | undefined;
  readonly table: TableName;
  readonly partitions: readonly Identifier[];
  /** Undefined: no list given. `()` is an empty list. */
  readonly columns: readonly ColumnReference[] | undefined;
  readonly source: InsertSource;
  readonly rowAlias: { readonly name: Identifier; readonly columns: readonly Identifier[] } | undefined;
  readonly onDuplicateKeyUpdate: readonly Assignment[];
}

export type InsertSource =
  /** A row may be empty: VALUES (). Items may be `DefaultValue`. */
  | { readonly kind: 'rows'; readonly rows: readonly (readonly Expression[])[] }
  | { readonly kind: 'query'; readonly query: QueryExpression };

export interface Update extends Span {
  readonly kind: 'update';
  readonly with: WithClause | undefined;
  readonly hints: readonly Hint[];
  readonly lowPriority: boolean;
  readonly ignore: boolean;
  /** One BaseTable for the single-table form; anything else is a multi-table update. */
  readonly tables: readonly TableReference[];
  readonly assignments: readonly Assignment[];
  readonly where: Expression | undefined;
  readonly orderBy: readonly OrderItem[];
  readonly limit: Limit | undefined;
}

export interface Delete extends Span {
  readonly kind: 'delete';
  readonly with: WithClause | undefined;
  readonly hints: readonly Hint[];
  readonly lowPriority: boolean;
  readonly quick: boolean;
  readonly ignore: boolean;
  /** Multi-table form: the tables to delete from, which name references of `from`. Undefined for the single-table form. */
  readonly targets: readonly TableName[] | undefined;
  readonly from: readonly TableReference[];
  readonly where: Expression | undefined;
  readonly orderBy: readonly OrderItem[];
  readonly limit: Limit | undefined;
}

export interface LoadData extends Span {
  readonly kind: 'load-data';
  readonly format: 'data' | 'xml';
  readonly local: boolean;
  readonly priority: 'low' | 'concurrent' | undefined;
  readonly file: string;
  readonly duplicates: 'replace' | 'ignore' | undefined;
  readonly table: TableName;
  readonly partitions: readonly Identifier[];
  readonly charset: string | undefined;
  readonly fields: DataFormat;
  /** LOAD XML … ROWS IDENTIFIED BY. */
  readonly rowsIdentifiedBy: string | undefined;
  readonly ignoreLines: number;
  /** Empty: all columns in order. */
  readonly columns: readonly (ColumnReference | UserVariable)[];
  readonly assignments: readonly Assignment[];
}
