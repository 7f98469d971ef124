/** The SELECTs behind those SHOW statements whose text never changes, with the titles MySQL gives the columns. */

interface FixedQuery {
  readonly firstColumn: string;
  readonly text: string;
  /** The column that names the database. */
  readonly schemaColumn: string;
}

function query(
  table: string,
  schemaColumn: string,
  columns: readonly (readonly [column: string, title: string])[],
): FixedQuery {
  const list = columns.map(([column, title]) => `${column} AS \`${title}\``).join(', ');
  return {
    firstColumn: columns[0]?.[1] ?? '',
    text: `SELECT ${list} FROM information_schema.${table}`,
    schemaColumn,
  };
}

const ROUTINE_COLUMNS = [
  ['ROUTINE_SCHEMA', 'Db'],
  ['ROUTINE_NAME', 'Name'],
  ['ROUTINE_TYPE', 'Type'],
  ['DEFINER', 'Definer'],
  ['LAST_ALTERED', 'Modified'],
  ['CREATED', 'Created'],
  ['SECURITY_TYPE', 'Security_type'],
  ['ROUTINE_COMMENT', 'Comment'],
  ['CHARACTER_SET_CLIENT', 'character_set_client'],
  ['COLLATION_CONNECTION', 'collation_connection'],
  ['DATABASE_COLLATION', 'Database Collation'],
] as const;

function routines(type: 'PROCEDURE' | 'FUNCTION'): FixedQuery {
  const fixed = query('ROUTINES', 'ROUTINE_SCHEMA', ROUTINE_COLUMNS);
  return { ...fixed, text: `${fixed.text} WHERE ROUTINE_TYPE = '${type}'` };
}

export const SHOW_QUERIES = {
  index: query('STATISTICS', 'TABLE_SCHEMA', [
    ['TABLE_NAME', 'Table'],
    ['NON_UNIQUE', 'Non_unique'],
    ['INDEX_NAME', 'Key_name'],
    ['SEQ_IN_INDEX', 'Seq_in_index'],
    ['COLUMN_NAME', 'Column_name'],
    ['COLLATION', 'Collation'],
    ['CARDINALITY', 'Cardinality'],
    ['SUB_PART', 'Sub_part'],
    ['PACKED', 'Packed'],
    ['NULLABLE', 'Null'],
    ['INDEX_TYPE', 'Index_type'],
    ['COMMENT', 'Comment'],
    ['INDEX_COMMENT', 'Index_comment'],
    ['IS_VISIBLE', 'Visible'],
    ['EXPRESSION', 'Expression'],
  ]),
  'table status': query('TABLES', 'TABLE_SCHEMA', [
    ['TABLE_NAME', 'Name'],
    ['ENGINE', 'Engine'],
    ['VERSION', 'Version'],
    ['ROW_FORMAT', 'Row_format'],
    ['TABLE_ROWS', 'Rows'],
    ['AVG_ROW_LENGTH', 'Avg_row_length'],
    ['DATA_LENGTH', 'Data_length'],
    ['MAX_DATA_LENGTH', 'Max_data_length'],
    ['INDEX_LENGTH', 'Index_length'],
    ['DATA_FREE', 'Data_free'],
    ['AUTO_INCREMENT', 'Auto_increment'],
    ['CREATE_TIME', 'Create_time'],
    ['UPDATE_TIME', 'Update_time'],
    ['CHECK_TIME', 'Check_time'],
    ['TABLE_COLLATION', 'Collation'],
    ['CHECKSUM', 'Checksum'],
    ['CREATE_OPTIONS', 'Create_options'],
    ['TABLE_COMMENT', 'Comment'],
  ]),
  triggers: query('TRIGGERS', 'TRIGGER_SCHEMA', [
    ['TRIGGER_NAME', 'Trigger'],
    ['EVENT_MANIPULATION', 'Event'],
    ['EVENT_OBJECT_TABLE', 'Table'],
    ['ACTION_STATEMENT', 'Statement'],
    ['ACTION_TIMING', 'Timing'],
    ['CREATED', 'Created'],
    ['SQL_MODE', 'sql_mode'],
    ['DEFINER', 'Definer'],
    ['CHARACTER_SET_CLIENT', 'character_set_client'],
    ['COLLATION_CONNECTION', 'collation_connection'],
    ['DATABASE_COLLATION', 'Database Collation'],
  ]),
  events: query('EVENTS', 'EVENT_SCHEMA', [
    ['EVENT_SCHEMA', 'Db'],
    ['EVENT_NAME', 'Name'],
    ['DEFINER', 'Definer'],
    ['TIME_ZONE', 'Time zone'],
    ['EVENT_TYPE', 'Type'],
    ['EXECUTE_AT', 'Execute at'],
    ['INTERVAL_VALUE', 'Interval value'],
    ['INTERVAL_FIELD', 'Interval field'],
    ['STARTS', 'Starts'],
    ['ENDS', 'Ends'],
    ['STATUS', 'Status'],
    ['ORIGINATOR', 'Originator'],
    ['CHARACTER_SET_CLIENT', 'character_set_client'],
    ['COLLATION_CONNECTION', 'collation_connection'],
    ['DATABASE_COLLATION', 'Database Collation'],
  ]),
  'character set': query('CHARACTER_SETS', '', [
    ['CHARACTER_SET_NAME', 'Charset'],
    ['DESCRIPTION', 'Description'],
    ['DEFAULT_COLLATE_NAME', 'Default collation'],
    ['MAXLEN', 'Maxlen'],
  ]),
  collation: query('COLLATIONS', '', [
    ['COLLATION_NAME', 'Collation'],
    ['CHARACTER_SET_NAME', 'Charset'],
    ['ID', 'Id'],
    ['IS_DEFAULT', 'Default'],
    ['IS_COMPILED', 'Compiled'],
    ['SORTLEN', 'Sortlen'],
    ['PAD_ATTRIBUTE', 'Pad_attribute'],
  ]),
  engines: query('ENGINES', '', [
    ['ENGINE', 'Engine'],
    ['SUPPORT', 'Support'],
    ['COMMENT', 'Comment'],
    ['TRANSACTIONS', 'Transactions'],
    ['XA', 'XA'],
    ['SAVEPOINTS', 'Savepoints'],
  ]),
  plugins: query('PLUGINS', '', [
    ['PLUGIN_NAME', 'Name'],
    ['PLUGIN_STATUS', 'Status'],
    ['PLUGIN_TYPE', 'Type'],
    ['PLUGIN_LIBRARY', 'Library'],
    ['PLUGIN_LICENSE', 'License'],
  ]),
  'procedure status': routines('PROCEDURE'),
  'function status': routines('FUNCTION'),
} as const;
