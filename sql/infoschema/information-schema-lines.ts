/** The tables of information_schema in MySQL's shape; the format is that of `table-lines.ts`. */

/** What is told of a connection, of this server or of any. */
const CONNECTIONS = `  ID bigint unsigned!
  USER varchar(32)!
  HOST varchar(261)!
  DB varchar(64)
  COMMAND varchar(16)!
  TIME int!
  STATE varchar(64)
  INFO varchar(65535)`;

export const INFORMATION_SCHEMA_LINES = `
ADMINISTRABLE_ROLE_AUTHORIZATIONS
  USER varchar(97)
  HOST varchar(256)
  GRANTEE varchar(97)~n
  GRANTEE_HOST varchar(256)~n
  ROLE_NAME varchar(255)~n
  ROLE_HOST varchar(256)~n
  IS_GRANTABLE varchar(3)!
  IS_DEFAULT varchar(3)
  IS_MANDATORY varchar(3)!
APPLICABLE_ROLES
  USER varchar(97)
  HOST varchar(256)
  GRANTEE varchar(97)~n
  GRANTEE_HOST varchar(256)~n
  ROLE_NAME varchar(255)~n
  ROLE_HOST varchar(256)~n
  IS_GRANTABLE varchar(3)!
  IS_DEFAULT varchar(3)
  IS_MANDATORY varchar(3)!
CHARACTER_SETS
  CHARACTER_SET_NAME varchar(64)!
  DEFAULT_COLLATE_NAME varchar(64)!
  DESCRIPTION varchar(2048)!
  MAXLEN int unsigned!
CHECK_CONSTRAINTS
  CONSTRAINT_CATALOG varchar(64)!~b
  CONSTRAINT_SCHEMA varchar(64)!~b
  CONSTRAINT_NAME varchar(64)!
  CHECK_CLAUSE longtext!~b
COLLATIONS
  COLLATION_NAME varchar(64)!
  CHARACTER_SET_NAME varchar(64)!
  ID bigint unsigned!
  IS_DEFAULT varchar(3)!
  IS_COMPILED varchar(3)!
  SORTLEN int unsigned!
  PAD_ATTRIBUTE enum('PAD SPACE','NO PAD')!~b
COLLATION_CHARACTER_SET_APPLICABILITY
  COLLATION_NAME varchar(64)!
  CHARACTER_SET_NAME varchar(64)!
COLUMNS
  TABLE_CATALOG varchar(64)!~b
  TABLE_SCHEMA varchar(64)!~b
  TABLE_NAME varchar(64)!~b
  COLUMN_NAME varchar(64)
  ORDINAL_POSITION int unsigned!
  COLUMN_DEFAULT text~b
  IS_NULLABLE varchar(3)!
  DATA_TYPE longtext~b
  CHARACTER_MAXIMUM_LENGTH bigint
  CHARACTER_OCTET_LENGTH bigint
  NUMERIC_PRECISION bigint unsigned
  NUMERIC_SCALE bigint unsigned
  DATETIME_PRECISION int unsigned
  CHARACTER_SET_NAME varchar(64)
  COLLATION_NAME varchar(64)
  COLUMN_TYPE mediumtext!~b
  COLUMN_KEY enum('','PRI','UNI','MUL')!~b
  EXTRA varchar(256)
  PRIVILEGES varchar(154)
  COLUMN_COMMENT text!~b
  GENERATION_EXPRESSION longtext!~b
  SRS_ID int unsigned
COLUMNS_EXTENSIONS
  TABLE_CATALOG varchar(64)!~b
  TABLE_SCHEMA varchar(64)!~b
  TABLE_NAME varchar(64)!~b
  COLUMN_NAME varchar(64)
  ENGINE_ATTRIBUTE json
  SECONDARY_ENGINE_ATTRIBUTE json
COLUMN_PRIVILEGES
  GRANTEE varchar(292)!
  TABLE_CATALOG varchar(512)!
  TABLE_SCHEMA varchar(64)!
  TABLE_NAME varchar(64)!
  COLUMN_NAME varchar(64)!
  PRIVILEGE_TYPE varchar(64)!
  IS_GRANTABLE varchar(3)!
COLUMN_STATISTICS
  SCHEMA_NAME varchar(64)!~b
  TABLE_NAME varchar(64)!~b
  COLUMN_NAME varchar(64)!
  HISTOGRAM json!
ENABLED_ROLES
  ROLE_NAME varchar(255)~n
  ROLE_HOST varchar(255)~n
  IS_DEFAULT varchar(3)
  IS_MANDATORY varchar(3)!
ENGINES
  ENGINE varchar(64)!
  SUPPORT varchar(8)!
  COMMENT varchar(80)!
  TRANSACTIONS varchar(3)
  XA varchar(3)
  SAVEPOINTS varchar(3)
EVENTS
  EVENT_CATALOG varchar(64)!~b
  EVENT_SCHEMA varchar(64)!~b
  EVENT_NAME varchar(64)!
  DEFINER varchar(288)!~b
  TIME_ZONE varchar(64)!~b
  EVENT_BODY varchar(3)!
  EVENT_DEFINITION longtext!~b
  EVENT_TYPE varchar(9)!
  EXECUTE_AT datetime
  INTERVAL_VALUE varchar(256)
  INTERVAL_FIELD enum('YEAR','QUARTER','MONTH','DAY','HOUR','MINUTE','WEEK','SECOND','MICROSECOND','YEAR_MONTH','DAY_HOUR','DAY_MINUTE','DAY_SECOND','HOUR_MINUTE','HOUR_SECOND','MINUTE_SECOND','DAY_MICROSECOND','HOUR_MICROSECOND','MINUTE_MICROSECOND','SECOND_MICROSECOND')~b
  SQL_MODE set('REAL_AS_FLOAT','PIPES_AS_CONCAT','ANSI_QUOTES','IGNORE_SPACE','NOT_USED','ONLY_FULL_GROUP_BY','NO_UNSIGNED_SUBTRACTION','NO_DIR_IN_CREATE','NOT_USED_9','NOT_USED_10','NOT_USED_11','NOT_USED_12','NOT_USED_13','NOT_USED_14','NOT_USED_15','NOT_USED_16','NOT_USED_17','NOT_USED_18','ANSI','NO_AUTO_VALUE_ON_ZERO','NO_BACKSLASH_ESCAPES','STRICT_TRANS_TABLES','STRICT_ALL_TABLES','NO_ZERO_IN_DATE','NO_ZERO_DATE','ALLOW_INVALID_DATES','ERROR_FOR_DIVISION_BY_ZERO','TRADITIONAL','NOT_USED_29','HIGH_NOT_PRECEDENCE','NO_ENGINE_SUBSTITUTION','PAD_CHAR_TO_FULL_LENGTH','TIME_TRUNCATE_FRACTIONAL','INTERPRET_UTF8_AS_UTF8MB4')!~b
  STARTS datetime
  ENDS datetime
  STATUS varchar(21)!~b
  ON_COMPLETION varchar(12)!
  CREATED timestamp!
  LAST_ALTERED timestamp!
  LAST_EXECUTED datetime
  EVENT_COMMENT varchar(2048)!~b
  ORIGINATOR int unsigned!
  CHARACTER_SET_CLIENT varchar(64)!
  COLLATION_CONNECTION varchar(64)!
  DATABASE_COLLATION varchar(64)!
FILES
  FILE_ID bigint
  FILE_NAME text~b
  FILE_TYPE varchar(256)
  TABLESPACE_NAME varchar(268)!~b
  TABLE_CATALOG varchar(0)!
  TABLE_SCHEMA varbinary(0)
  TABLE_NAME varbinary(0)
  LOGFILE_GROUP_NAME varchar(256)
  LOGFILE_GROUP_NUMBER bigint
  ENGINE varchar(64)!
  FULLTEXT_KEYS varbinary(0)
  DELETED_ROWS varbinary(0)
  UPDATE_COUNT varbinary(0)
  FREE_EXTENTS bigint
  TOTAL_EXTENTS bigint
  EXTENT_SIZE bigint
  INITIAL_SIZE bigint
  MAXIMUM_SIZE bigint
  AUTOEXTEND_SIZE bigint
  CREATION_TIME varbinary(0)
  LAST_UPDATE_TIME varbinary(0)
  LAST_ACCESS_TIME varbinary(0)
  RECOVER_TIME varbinary(0)
  TRANSACTION_COUNTER varbinary(0)
  VERSION bigint
  ROW_FORMAT varchar(256)
  TABLE_ROWS varbinary(0)
  AVG_ROW_LENGTH varbinary(0)
  DATA_LENGTH varbinary(0)
  MAX_DATA_LENGTH varbinary(0)
  INDEX_LENGTH varbinary(0)
  DATA_FREE bigint
  CREATE_TIME varbinary(0)
  UPDATE_TIME varbinary(0)
  CHECK_TIME varbinary(0)
  CHECKSUM varbinary(0)
  STATUS varchar(256)
  EXTRA varchar(256)
INNODB_BUFFER_PAGE
  POOL_ID bigint unsigned!
  BLOCK_ID bigint unsigned!
  SPACE bigint unsigned!
  PAGE_NUMBER bigint unsigned!
  PAGE_TYPE varchar(64)
  FLUSH_TYPE bigint unsigned!
  FIX_COUNT bigint unsigned!
  IS_HASHED varchar(3)
  NEWEST_MODIFICATION bigint unsigned!
  OLDEST_MODIFICATION bigint unsigned!
  ACCESS_TIME bigint unsigned!
  TABLE_NAME varchar(1024)
  INDEX_NAME varchar(1024)
  NUMBER_RECORDS bigint unsigned!
  DATA_SIZE bigint unsigned!
  COMPRESSED_SIZE bigint unsigned!
  PAGE_STATE varchar(64)
  IO_FIX varchar(64)
  IS_OLD varchar(3)
  FREE_PAGE_CLOCK bigint unsigned!
  IS_STALE varchar(3)
INNODB_BUFFER_PAGE_LRU
  POOL_ID bigint unsigned!
  LRU_POSITION bigint unsigned!
  SPACE bigint unsigned!
  PAGE_NUMBER bigint unsigned!
  PAGE_TYPE varchar(64)
  FLUSH_TYPE bigint unsigned!
  FIX_COUNT bigint unsigned!
  IS_HASHED varchar(3)
  NEWEST_MODIFICATION bigint unsigned!
  OLDEST_MODIFICATION bigint unsigned!
  ACCESS_TIME bigint unsigned!
  TABLE_NAME varchar(1024)
  INDEX_NAME varchar(1024)
  NUMBER_RECORDS bigint unsigned!
  DATA_SIZE bigint unsigned!
  COMPRESSED_SIZE bigint unsigned!
  COMPRESSED varchar(3)
  IO_FIX varchar(64)
  IS_OLD varchar(3)
  FREE_PAGE_CLOCK bigint unsigned!
INNODB_BUFFER_POOL_STATS
  POOL_ID bigint unsigned!
  POOL_SIZE bigint unsigned!
  FREE_BUFFERS bigint unsigned!
  DATABASE_PAGES bigint unsigned!
  OLD_DATABASE_PAGES bigint unsigned!
  MODIFIED_DATABASE_PAGES bigint unsigned!
  PENDING_DECOMPRESS bigint unsigned!
  PENDING_READS bigint unsigned!
  PENDING_FLUSH_LRU bigint unsigned!
  PENDING_FLUSH_LIST bigint unsigned!
  PAGES_MADE_YOUNG bigint unsigned!
  PAGES_NOT_MADE_YOUNG bigint unsigned!
  PAGES_MADE_YOUNG_RATE float(12,0)!
  PAGES_MADE_NOT_YOUNG_RATE float(12,0)!
  NUMBER_PAGES_READ bigint unsigned!
  NUMBER_PAGES_CREATED bigint unsigned!
  NUMBER_PAGES_WRITTEN bigint unsigned!
  PAGES_READ_RATE float(12,0)!
  PAGES_CREATE_RATE float(12,0)!
  PAGES_WRITTEN_RATE float(12,0)!
  NUMBER_PAGES_GET bigint unsigned!
  HIT_RATE bigint unsigned!
  YOUNG_MAKE_PER_THOUSAND_GETS bigint unsigned!
  NOT_YOUNG_MAKE_PER_THOUSAND_GETS bigint unsigned!
  NUMBER_PAGES_READ_AHEAD bigint unsigned!
  NUMBER_READ_AHEAD_EVICTED bigint unsigned!
  READ_AHEAD_RATE float(12,0)!
  READ_AHEAD_EVICTED_RATE float(12,0)!
  LRU_IO_TOTAL bigint unsigned!
  LRU_IO_CURRENT bigint unsigned!
  UNCOMPRESS_TOTAL bigint unsigned!
  UNCOMPRESS_CURRENT bigint unsigned!
INNODB_CACHED_INDEXES
  SPACE_ID int unsigned!
  INDEX_ID bigint unsigned!
  N_CACHED_PAGES bigint unsigned!
INNODB_CMP
  page_size int!
  compress_ops int!
  compress_ops_ok int!
  compress_time int!
  uncompress_ops int!
  uncompress_time int!
INNODB_CMPMEM
  page_size int!
  buffer_pool_instance int!
  pages_used int!
  pages_free int!
  relocation_ops bigint!
  relocation_time int!
INNODB_CMPMEM_RESET
  page_size int!
  buffer_pool_instance int!
  pages_used int!
  pages_free int!
  relocation_ops bigint!
  relocation_time int!
INNODB_CMP_PER_INDEX
  database_name varchar(192)!
  table_name varchar(192)!
  index_name varchar(192)!
  compress_ops int!
  compress_ops_ok int!
  compress_time int!
  uncompress_ops int!
  uncompress_time int!
INNODB_CMP_PER_INDEX_RESET
  database_name varchar(192)!
  table_name varchar(192)!
  index_name varchar(192)!
  compress_ops int!
  compress_ops_ok int!
  compress_time int!
  uncompress_ops int!
  uncompress_time int!
INNODB_CMP_RESET
  page_size int!
  compress_ops int!
  compress_ops_ok int!
  compress_time int!
  uncompress_ops int!
  uncompress_time int!
INNODB_COLUMNS
  TABLE_ID bigint unsigned!
  NAME varchar(193)!
  POS bigint unsigned!
  MTYPE int!
  PRTYPE int!
  LEN int!
  HAS_DEFAULT int!
  DEFAULT_VALUE text
INNODB_DATAFILES
  SPACE varbinary(256)
  PATH varchar(512)!~b
INNODB_FIELDS
  INDEX_ID varbinary(256)
  NAME varchar(64)!
  POS bigint unsigned!
INNODB_FOREIGN
  ID varchar(129)~b
  FOR_NAME varchar(129)~b
  REF_NAME varchar(129)~b
  N_COLS bigint!
  TYPE bigint unsigned!
INNODB_FOREIGN_COLS
  ID varchar(129)~b
  FOR_COL_NAME varchar(64)!
  REF_COL_NAME varchar(64)!
  POS int unsigned!
INNODB_INDEXES
  INDEX_ID bigint unsigned!
  NAME varchar(193)!
  TABLE_ID bigint unsigned!
  TYPE int!
  N_FIELDS int!
  PAGE_NO int!
  SPACE int!
  MERGE_THRESHOLD int!
INNODB_METRICS
  NAME varchar(193)!
  SUBSYSTEM varchar(193)!
  COUNT bigint!
  MAX_COUNT bigint
  MIN_COUNT bigint
  AVG_COUNT float(12,0)
  COUNT_RESET bigint!
  MAX_COUNT_RESET bigint
  MIN_COUNT_RESET bigint
  AVG_COUNT_RESET float(12,0)
  TIME_ENABLED datetime
  TIME_DISABLED datetime
  TIME_ELAPSED bigint
  TIME_RESET datetime
  STATUS varchar(193)!
  TYPE varchar(193)!
  COMMENT varchar(193)!
INNODB_SESSION_TEMP_TABLESPACES
  ID int unsigned!
  SPACE int unsigned!
  PATH varchar(4001)!
  SIZE bigint unsigned!
  STATE varchar(192)!
  PURPOSE varchar(192)!
INNODB_TABLES
  TABLE_ID bigint unsigned!
  NAME varchar(655)!
  FLAG int!
  N_COLS int!
  SPACE bigint!
  ROW_FORMAT varchar(12)
  ZIP_PAGE_SIZE int unsigned!
  SPACE_TYPE varchar(10)
  INSTANT_COLS int!
  TOTAL_ROW_VERSIONS int!
INNODB_TABLESPACES
  SPACE int unsigned!
  NAME varchar(655)!
  FLAG int unsigned!
  ROW_FORMAT varchar(22)
  PAGE_SIZE int unsigned!
  ZIP_PAGE_SIZE int unsigned!
  SPACE_TYPE varchar(10)
  FS_BLOCK_SIZE int unsigned!
  FILE_SIZE bigint unsigned!
  ALLOCATED_SIZE bigint unsigned!
  AUTOEXTEND_SIZE bigint unsigned!
  SERVER_VERSION varchar(10)
  SPACE_VERSION int unsigned!
  ENCRYPTION varchar(1)
  STATE varchar(10)
INNODB_TABLESPACES_BRIEF
  SPACE varbinary(256)
  NAME varchar(268)!~b
  PATH varchar(512)!~b
  FLAG varbinary(256)
  SPACE_TYPE varchar(7)!
INNODB_TABLESTATS
  TABLE_ID bigint unsigned!
  NAME varchar(193)!
  STATS_INITIALIZED varchar(193)!
  NUM_ROWS bigint unsigned!
  CLUST_INDEX_SIZE bigint unsigned!
  OTHER_INDEX_SIZE bigint unsigned!
  MODIFIED_COUNTER bigint unsigned!
  AUTOINC bigint unsigned!
  REF_COUNT int!
INNODB_TEMP_TABLE_INFO
  TABLE_ID bigint unsigned!
  NAME varchar(64)
  N_COLS int unsigned!
  SPACE int unsigned!
INNODB_TRX
  trx_id bigint unsigned!
  trx_state varchar(13)!
  trx_started datetime!
  trx_requested_lock_id varchar(126)
  trx_wait_started datetime
  trx_weight bigint unsigned!
  trx_mysql_thread_id bigint unsigned!
  trx_query varchar(1024)
  trx_operation_state varchar(64)
  trx_tables_in_use bigint unsigned!
  trx_tables_locked bigint unsigned!
  trx_lock_structs bigint unsigned!
  trx_lock_memory_bytes bigint unsigned!
  trx_rows_locked bigint unsigned!
  trx_rows_modified bigint unsigned!
  trx_concurrency_tickets bigint unsigned!
  trx_isolation_level varchar(16)!
  trx_unique_checks int!
  trx_foreign_key_checks int!
  trx_last_foreign_key_error varchar(256)
  trx_adaptive_hash_latched int!
  trx_adaptive_hash_timeout bigint unsigned!
  trx_is_read_only int!
  trx_autocommit_non_locking int!
  trx_schedule_weight bigint unsigned
INNODB_VIRTUAL
  TABLE_ID bigint unsigned!
  POS int unsigned!
  BASE_POS int unsigned!
KEYWORDS
  WORD varchar(128)~n
  RESERVED int
KEY_COLUMN_USAGE
  CONSTRAINT_CATALOG varchar(64)!~b
  CONSTRAINT_SCHEMA varchar(64)!~b
  CONSTRAINT_NAME varchar(64)
  TABLE_CATALOG varchar(64)!~b
  TABLE_SCHEMA varchar(64)!~b
  TABLE_NAME varchar(64)!~b
  COLUMN_NAME varchar(64)
  ORDINAL_POSITION int unsigned!
  POSITION_IN_UNIQUE_CONSTRAINT int unsigned
  REFERENCED_TABLE_SCHEMA varchar(64)~b
  REFERENCED_TABLE_NAME varchar(64)~b
  REFERENCED_COLUMN_NAME varchar(64)
OPTIMIZER_TRACE
  QUERY varchar(65535)!
  TRACE varchar(65535)!
  MISSING_BYTES_BEYOND_MAX_MEM_SIZE int!
  INSUFFICIENT_PRIVILEGES tinyint(1)!
PARAMETERS
  SPECIFIC_CATALOG varchar(64)!~b
  SPECIFIC_SCHEMA varchar(64)!~b
  SPECIFIC_NAME varchar(64)!
  ORDINAL_POSITION bigint unsigned!
  PARAMETER_MODE varchar(5)~b
  PARAMETER_NAME varchar(64)
  DATA_TYPE longtext~b
  CHARACTER_MAXIMUM_LENGTH bigint
  CHARACTER_OCTET_LENGTH bigint
  NUMERIC_PRECISION int unsigned
  NUMERIC_SCALE bigint
  DATETIME_PRECISION int unsigned
  CHARACTER_SET_NAME varchar(64)
  COLLATION_NAME varchar(64)
  DTD_IDENTIFIER mediumtext!~b
  ROUTINE_TYPE enum('FUNCTION','PROCEDURE','LIBRARY')!~b
PARTITIONS
  TABLE_CATALOG varchar(64)!~b
  TABLE_SCHEMA varchar(64)!~b
  TABLE_NAME varchar(64)!~b
  PARTITION_NAME varchar(64)
  SUBPARTITION_NAME varchar(64)
  PARTITION_ORDINAL_POSITION int unsigned
  SUBPARTITION_ORDINAL_POSITION int unsigned
  SECONDARY_LOAD varchar(1)~b
  PARTITION_METHOD varchar(13)
  SUBPARTITION_METHOD varchar(13)
  PARTITION_EXPRESSION varchar(2048)~b
  SUBPARTITION_EXPRESSION varchar(2048)~b
  PARTITION_DESCRIPTION text~b
  TABLE_ROWS bigint unsigned
  AVG_ROW_LENGTH bigint unsigned
  DATA_LENGTH bigint unsigned
  MAX_DATA_LENGTH bigint unsigned
  INDEX_LENGTH bigint unsigned
  DATA_FREE bigint unsigned
  CREATE_TIME timestamp!
  UPDATE_TIME datetime
  CHECK_TIME datetime
  CHECKSUM bigint
  PARTITION_COMMENT text!~b
  NODEGROUP varchar(256)
  TABLESPACE_NAME varchar(268)~b
PLUGINS
  PLUGIN_NAME varchar(64)!
  PLUGIN_VERSION varchar(20)!
  PLUGIN_STATUS varchar(10)!
  PLUGIN_TYPE varchar(80)!
  PLUGIN_TYPE_VERSION varchar(20)!
  PLUGIN_LIBRARY varchar(64)
  PLUGIN_LIBRARY_VERSION varchar(20)
  PLUGIN_AUTHOR varchar(64)
  PLUGIN_DESCRIPTION varchar(65535)
  PLUGIN_LICENSE varchar(80)
  LOAD_OPTION varchar(64)!
PROCESSLIST
${CONNECTIONS}
PROFILING
  QUERY_ID int!
  SEQ int!
  STATE varchar(30)!
  DURATION decimal(905,0)!
  CPU_USER decimal(905,0)
  CPU_SYSTEM decimal(905,0)
  CONTEXT_VOLUNTARY int
  CONTEXT_INVOLUNTARY int
  BLOCK_OPS_IN int
  BLOCK_OPS_OUT int
  MESSAGES_SENT int
  MESSAGES_RECEIVED int
  PAGE_FAULTS_MAJOR int
  PAGE_FAULTS_MINOR int
  SWAPS int
  SOURCE_FUNCTION varchar(30)
  SOURCE_FILE varchar(20)
  SOURCE_LINE int
REFERENTIAL_CONSTRAINTS
  CONSTRAINT_CATALOG varchar(64)!~b
  CONSTRAINT_SCHEMA varchar(64)!~b
  CONSTRAINT_NAME varchar(64)
  UNIQUE_CONSTRAINT_CATALOG varchar(64)!~b
  UNIQUE_CONSTRAINT_SCHEMA varchar(64)!~b
  UNIQUE_CONSTRAINT_NAME varchar(64)
  MATCH_OPTION enum('NONE','PARTIAL','FULL')!~b
  UPDATE_RULE enum('NO ACTION','RESTRICT','CASCADE','SET NULL','SET DEFAULT')!~b
  DELETE_RULE enum('NO ACTION','RESTRICT','CASCADE','SET NULL','SET DEFAULT')!~b
  TABLE_NAME varchar(64)!~b
  REFERENCED_TABLE_NAME varchar(64)!~b
RESOURCE_GROUPS
  RESOURCE_GROUP_NAME varchar(64)!
  RESOURCE_GROUP_TYPE enum('SYSTEM','USER')!~b
  RESOURCE_GROUP_ENABLED tinyint(1)!
  VCPU_IDS blob
  THREAD_PRIORITY int!
ROLE_COLUMN_GRANTS
  GRANTOR varchar(97)
  GRANTOR_HOST varchar(256)
  GRANTEE char(32)!~b
  GRANTEE_HOST char(255)!~a
  TABLE_CATALOG varchar(3)!
  TABLE_SCHEMA char(64)!~b
  TABLE_NAME char(64)!~b
  COLUMN_NAME char(64)!~b
  PRIVILEGE_TYPE set('Select','Insert','Update','References')!
  IS_GRANTABLE varchar(3)!
ROLE_ROUTINE_GRANTS
  GRANTOR varchar(97)
  GRANTOR_HOST varchar(256)
  GRANTEE char(32)!~b
  GRANTEE_HOST char(255)!~a
  SPECIFIC_CATALOG varchar(3)!
  SPECIFIC_SCHEMA char(64)!~b
  SPECIFIC_NAME char(64)!
  ROUTINE_CATALOG varchar(3)!
  ROUTINE_SCHEMA char(64)!~b
  ROUTINE_NAME char(64)!
  PRIVILEGE_TYPE set('Execute','Alter Routine','Grant')!
  IS_GRANTABLE varchar(3)!
ROLE_TABLE_GRANTS
  GRANTOR varchar(97)
  GRANTOR_HOST varchar(256)
  GRANTEE char(32)!~b
  GRANTEE_HOST char(255)!~a
  TABLE_CATALOG varchar(3)!
  TABLE_SCHEMA char(64)!~b
  TABLE_NAME char(64)!~b
  PRIVILEGE_TYPE set('Select','Insert','Update','Delete','Create','Drop','Grant','References','Index','Alter','Create View','Show view','Trigger')!
  IS_GRANTABLE varchar(3)!
ROUTINES
  SPECIFIC_NAME varchar(64)!
  ROUTINE_CATALOG varchar(64)!~b
  ROUTINE_SCHEMA varchar(64)!~b
  ROUTINE_NAME varchar(64)!
  ROUTINE_TYPE enum('FUNCTION','PROCEDURE','LIBRARY')!~b
  DATA_TYPE longtext~b
  CHARACTER_MAXIMUM_LENGTH bigint
  CHARACTER_OCTET_LENGTH bigint
  NUMERIC_PRECISION int unsigned
  NUMERIC_SCALE int unsigned
  DATETIME_PRECISION int unsigned
  CHARACTER_SET_NAME varchar(64)
  COLLATION_NAME varchar(64)
  DTD_IDENTIFIER longtext~b
  ROUTINE_BODY varchar(8)!
  ROUTINE_DEFINITION longtext~b
  EXTERNAL_NAME varbinary(0)
  EXTERNAL_LANGUAGE varchar(64)!~b
  PARAMETER_STYLE varchar(3)!
  IS_DETERMINISTIC varchar(3)!
  SQL_DATA_ACCESS enum('CONTAINS SQL','NO SQL','READS SQL DATA','MODIFIES SQL DATA')!~b
  SQL_PATH varbinary(0)
  SECURITY_TYPE enum('DEFAULT','INVOKER','DEFINER')!~b
  CREATED timestamp!
  LAST_ALTERED timestamp!
  SQL_MODE set('REAL_AS_FLOAT','PIPES_AS_CONCAT','ANSI_QUOTES','IGNORE_SPACE','NOT_USED','ONLY_FULL_GROUP_BY','NO_UNSIGNED_SUBTRACTION','NO_DIR_IN_CREATE','NOT_USED_9','NOT_USED_10','NOT_USED_11','NOT_USED_12','NOT_USED_13','NOT_USED_14','NOT_USED_15','NOT_USED_16','NOT_USED_17','NOT_USED_18','ANSI','NO_AUTO_VALUE_ON_ZERO','NO_BACKSLASH_ESCAPES','STRICT_TRANS_TABLES','STRICT_ALL_TABLES','NO_ZERO_IN_DATE','NO_ZERO_DATE','ALLOW_INVALID_DATES','ERROR_FOR_DIVISION_BY_ZERO','TRADITIONAL','NOT_USED_29','HIGH_NOT_PRECEDENCE','NO_ENGINE_SUBSTITUTION','PAD_CHAR_TO_FULL_LENGTH','TIME_TRUNCATE_FRACTIONAL','INTERPRET_UTF8_AS_UTF8MB4')!~b
  ROUTINE_COMMENT text!~b
  DEFINER varchar(288)!~b
  CHARACTER_SET_CLIENT varchar(64)!
  COLLATION_CONNECTION varchar(64)!
  DATABASE_COLLATION varchar(64)!
SCHEMATA
  CATALOG_NAME varchar(64)!~b
  SCHEMA_NAME varchar(64)!~b
  DEFAULT_CHARACTER_SET_NAME varchar(64)!
  DEFAULT_COLLATION_NAME varchar(64)!
  SQL_PATH varbinary(0)
  DEFAULT_ENCRYPTION enum('NO','YES')!~b
SCHEMATA_EXTENSIONS
  CATALOG_NAME varchar(64)!~b
  SCHEMA_NAME varchar(64)!~b
  OPTIONS varchar(256)
SCHEMA_PRIVILEGES
  GRANTEE varchar(292)!
  TABLE_CATALOG varchar(512)!
  TABLE_SCHEMA varchar(64)!
  PRIVILEGE_TYPE varchar(64)!
  IS_GRANTABLE varchar(3)!
STATISTICS
  TABLE_CATALOG varchar(64)!~b
  TABLE_SCHEMA varchar(64)!~b
  TABLE_NAME varchar(64)!~b
  NON_UNIQUE int!
  INDEX_SCHEMA varchar(64)!~b
  INDEX_NAME varchar(64)
  SEQ_IN_INDEX int unsigned!
  COLUMN_NAME varchar(64)
  COLLATION varchar(1)
  CARDINALITY bigint
  SUB_PART bigint
  PACKED varbinary(0)
  NULLABLE varchar(3)!
  INDEX_TYPE varchar(11)!~b
  COMMENT varchar(8)!
  INDEX_COMMENT varchar(2048)!~b
  IS_VISIBLE varchar(3)!
  EXPRESSION longtext~b
ST_GEOMETRY_COLUMNS
  TABLE_CATALOG varchar(64)!~b
  TABLE_SCHEMA varchar(64)!~b
  TABLE_NAME varchar(64)!~b
  COLUMN_NAME varchar(64)
  SRS_NAME varchar(80)
  SRS_ID int unsigned
  GEOMETRY_TYPE_NAME longtext~b
ST_UNITS_OF_MEASURE
  UNIT_NAME varchar(255)~n
  UNIT_TYPE varchar(7)~n
  CONVERSION_FACTOR double
  DESCRIPTION varchar(255)~n
TABLES
  TABLE_CATALOG varchar(64)!~b
  TABLE_SCHEMA varchar(64)!~b
  TABLE_NAME varchar(64)!~b
  TABLE_TYPE enum('BASE TABLE','VIEW','SYSTEM VIEW')!~b
  ENGINE varchar(64)
  VERSION int
  ROW_FORMAT enum('Fixed','Dynamic','Compressed','Redundant','Compact','Paged')~b
  TABLE_ROWS bigint unsigned
  AVG_ROW_LENGTH bigint unsigned
  DATA_LENGTH bigint unsigned
  MAX_DATA_LENGTH bigint unsigned
  INDEX_LENGTH bigint unsigned
  DATA_FREE bigint unsigned
  AUTO_INCREMENT bigint unsigned
  CREATE_TIME timestamp!
  UPDATE_TIME datetime
  CHECK_TIME datetime
  TABLE_COLLATION varchar(64)
  CHECKSUM bigint
  CREATE_OPTIONS varchar(256)
  TABLE_COMMENT text
TABLESPACES_EXTENSIONS
  TABLESPACE_NAME varchar(268)!~b
  ENGINE_ATTRIBUTE json
TABLES_EXTENSIONS
  TABLE_CATALOG varchar(64)!~b
  TABLE_SCHEMA varchar(64)!~b
  TABLE_NAME varchar(64)!~b
  ENGINE_ATTRIBUTE json
  SECONDARY_ENGINE_ATTRIBUTE json
TABLE_CONSTRAINTS
  CONSTRAINT_CATALOG varchar(64)!~b
  CONSTRAINT_SCHEMA varchar(64)!~b
  CONSTRAINT_NAME varchar(64)
  TABLE_SCHEMA varchar(64)!~b
  TABLE_NAME varchar(64)!~b
  CONSTRAINT_TYPE varchar(11)!~b
  ENFORCED varchar(3)!~b
TABLE_CONSTRAINTS_EXTENSIONS
  CONSTRAINT_CATALOG varchar(64)!~b
  CONSTRAINT_SCHEMA varchar(64)!~b
  CONSTRAINT_NAME varchar(64)!
  TABLE_NAME varchar(64)!~b
  ENGINE_ATTRIBUTE json
  SECONDARY_ENGINE_ATTRIBUTE json
TABLE_PRIVILEGES
  GRANTEE varchar(292)!
  TABLE_CATALOG varchar(512)!
  TABLE_SCHEMA varchar(64)!
  TABLE_NAME varchar(64)!
  PRIVILEGE_TYPE varchar(64)!
  IS_GRANTABLE varchar(3)!
TRIGGERS
  TRIGGER_CATALOG varchar(64)!~b
  TRIGGER_SCHEMA varchar(64)!~b
  TRIGGER_NAME varchar(64)!
  EVENT_MANIPULATION enum('INSERT','UPDATE','DELETE')!~b
  EVENT_OBJECT_CATALOG varchar(64)!~b
  EVENT_OBJECT_SCHEMA varchar(64)!~b
  EVENT_OBJECT_TABLE varchar(64)!~b
  ACTION_ORDER int unsigned!
  ACTION_CONDITION varbinary(0)
  ACTION_STATEMENT longtext!~b
  ACTION_ORIENTATION varchar(3)!
  ACTION_TIMING enum('BEFORE','AFTER')!~b
  ACTION_REFERENCE_OLD_TABLE varbinary(0)
  ACTION_REFERENCE_NEW_TABLE varbinary(0)
  ACTION_REFERENCE_OLD_ROW varchar(3)!
  ACTION_REFERENCE_NEW_ROW varchar(3)!
  CREATED timestamp(2)!
  SQL_MODE set('REAL_AS_FLOAT','PIPES_AS_CONCAT','ANSI_QUOTES','IGNORE_SPACE','NOT_USED','ONLY_FULL_GROUP_BY','NO_UNSIGNED_SUBTRACTION','NO_DIR_IN_CREATE','NOT_USED_9','NOT_USED_10','NOT_USED_11','NOT_USED_12','NOT_USED_13','NOT_USED_14','NOT_USED_15','NOT_USED_16','NOT_USED_17','NOT_USED_18','ANSI','NO_AUTO_VALUE_ON_ZERO','NO_BACKSLASH_ESCAPES','STRICT_TRANS_TABLES','STRICT_ALL_TABLES','NO_ZERO_IN_DATE','NO_ZERO_DATE','ALLOW_INVALID_DATES','ERROR_FOR_DIVISION_BY_ZERO','TRADITIONAL','NOT_USED_29','HIGH_NOT_PRECEDENCE','NO_ENGINE_SUBSTITUTION','PAD_CHAR_TO_FULL_LENGTH','TIME_TRUNCATE_FRACTIONAL','INTERPRET_UTF8_AS_UTF8MB4')!~b
  DEFINER varchar(288)!~b
  CHARACTER_SET_CLIENT varchar(64)!
  COLLATION_CONNECTION varchar(64)!
  DATABASE_COLLATION varchar(64)!
USER_ATTRIBUTES
  USER char(32)!~b
  HOST char(255)!~a
  ATTRIBUTE longtext~4
USER_PRIVILEGES
  GRANTEE varchar(292)!
  TABLE_CATALOG varchar(512)!
  PRIVILEGE_TYPE varchar(64)!
  IS_GRANTABLE varchar(3)!
VIEWS
  TABLE_CATALOG varchar(64)!~b
  TABLE_SCHEMA varchar(64)!~b
  TABLE_NAME varchar(64)!~b
  VIEW_DEFINITION longtext~b
  CHECK_OPTION enum('NONE','LOCAL','CASCADED')~b
  IS_UPDATABLE enum('NO','YES')~b
  DEFINER varchar(288)~b
  SECURITY_TYPE varchar(7)~b
  CHARACTER_SET_CLIENT varchar(64)!
  COLLATION_CONNECTION varchar(64)!
VIEW_ROUTINE_USAGE
  TABLE_CATALOG varchar(64)!~b
  TABLE_SCHEMA varchar(64)!~b
  TABLE_NAME varchar(64)!~b
  SPECIFIC_CATALOG varchar(64)!~b
  SPECIFIC_SCHEMA varchar(64)!~b
  SPECIFIC_NAME varchar(64)!
CLUSTER_PROCESSLIST
  INSTANCE varchar(64)!
${CONNECTIONS}
TIKV_REGION_PEERS
  REGION_ID bigint
  PEER_ID bigint
  STORE_ID bigint
  IS_LEARNER tinyint(1)!
  IS_LEADER tinyint(1)!
  STATUS varchar(10)
  DOWN_SECONDS bigint
TIKV_REGION_STATUS
  REGION_ID bigint
  START_KEY text
  END_KEY text
  TABLE_ID bigint
  DB_NAME varchar(64)~b
  TABLE_NAME varchar(64)~b
  IS_INDEX tinyint(1)!
  INDEX_ID bigint
  INDEX_NAME varchar(64)
  IS_PARTITION tinyint(1)!
  PARTITION_ID bigint
  PARTITION_NAME varchar(64)
  EPOCH_CONF_VER bigint
  EPOCH_VERSION bigint
  WRITTEN_BYTES bigint
  READ_BYTES bigint
  APPROXIMATE_SIZE bigint
  APPROXIMATE_KEYS bigint
  REPLICATIONSTATUS_STATE varchar(64)
  REPLICATIONSTATUS_STATEID bigint
TIKV_STORE_STATUS
  STORE_ID bigint
  ADDRESS varchar(64)
  STORE_STATE bigint
  STORE_STATE_NAME varchar(64)
  LABEL json
  VERSION varchar(64)
  CAPACITY varchar(64)
  AVAILABLE varchar(64)
  LEADER_COUNT bigint
  LEADER_WEIGHT double
  LEADER_SCORE double
  LEADER_SIZE bigint
  REGION_COUNT bigint
  REGION_WEIGHT double
  REGION_SCORE double
  REGION_SIZE bigint
  START_TS datetime
  LAST_HEARTBEAT_TS datetime
  UPTIME varchar(64)
VIEW_TABLE_USAGE
  VIEW_CATALOG varchar(64)!~b
  VIEW_SCHEMA varchar(64)!~b
  VIEW_NAME varchar(64)!~b
  TABLE_CATALOG varchar(64)!~b
  TABLE_SCHEMA varchar(64)!~b
  TABLE_NAME varchar(64)!~b
`;
