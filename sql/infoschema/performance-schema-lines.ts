/** The tables of performance_schema, as far as it is offered in MySQL's shape; the format is that of `table-lines.ts`. */
export const PERFORMANCE_SCHEMA_LINES = `
accounts
  USER char(32)~4
  HOST char(255)~a
  CURRENT_CONNECTIONS bigint!
  TOTAL_CONNECTIONS bigint!
  MAX_SESSION_CONTROLLED_MEMORY bigint unsigned!
  MAX_SESSION_TOTAL_MEMORY bigint unsigned!
data_lock_waits
  ENGINE varchar(32)!~n
  REQUESTING_ENGINE_LOCK_ID varchar(128)!~n
  REQUESTING_ENGINE_TRANSACTION_ID bigint unsigned
  REQUESTING_THREAD_ID bigint unsigned
  REQUESTING_EVENT_ID bigint unsigned
  REQUESTING_OBJECT_INSTANCE_BEGIN bigint unsigned!
  BLOCKING_ENGINE_LOCK_ID varchar(128)!~n
  BLOCKING_ENGINE_TRANSACTION_ID bigint unsigned
  BLOCKING_THREAD_ID bigint unsigned
  BLOCKING_EVENT_ID bigint unsigned
  BLOCKING_OBJECT_INSTANCE_BEGIN bigint unsigned!
data_locks
  ENGINE varchar(32)!~n
  ENGINE_LOCK_ID varchar(128)!~n
  ENGINE_TRANSACTION_ID bigint unsigned
  THREAD_ID bigint unsigned
  EVENT_ID bigint unsigned
  OBJECT_SCHEMA varchar(64)~n
  OBJECT_NAME varchar(64)~n
  PARTITION_NAME varchar(64)~n
  SUBPARTITION_NAME varchar(64)~n
  INDEX_NAME varchar(64)~n
  OBJECT_INSTANCE_BEGIN bigint unsigned!
  LOCK_TYPE varchar(32)!~n
  LOCK_MODE varchar(32)!~n
  LOCK_STATUS varchar(32)!~n
  LOCK_DATA varchar(8192)~n
error_log
  LOGGED timestamp(6)!
  THREAD_ID bigint unsigned
  PRIO enum('System','Error','Warning','Note')!~n
  ERROR_CODE varchar(10)~n
  SUBSYSTEM varchar(7)~n
  DATA text!~n
events_statements_current
  THREAD_ID bigint unsigned!
  EVENT_ID bigint unsigned!
  END_EVENT_ID bigint unsigned
  EVENT_NAME varchar(128)!~n
  SOURCE varchar(64)~n
  TIMER_START bigint unsigned
  TIMER_END bigint unsigned
  TIMER_WAIT bigint unsigned
  LOCK_TIME bigint unsigned!
  SQL_TEXT longtext~n
  DIGEST varchar(64)~n
  DIGEST_TEXT longtext~n
  CURRENT_SCHEMA varchar(64)~n
  OBJECT_TYPE varchar(64)~n
  OBJECT_SCHEMA varchar(64)~n
  OBJECT_NAME varchar(64)~n
  OBJECT_INSTANCE_BEGIN bigint unsigned
  MYSQL_ERRNO int
  RETURNED_SQLSTATE varchar(5)~n
  MESSAGE_TEXT varchar(128)~n
  ERRORS bigint unsigned!
  WARNINGS bigint unsigned!
  ROWS_AFFECTED bigint unsigned!
  ROWS_SENT bigint unsigned!
  ROWS_EXAMINED bigint unsigned!
  CREATED_TMP_DISK_TABLES bigint unsigned!
  CREATED_TMP_TABLES bigint unsigned!
  SELECT_FULL_JOIN bigint unsigned!
  SELECT_FULL_RANGE_JOIN bigint unsigned!
  SELECT_RANGE bigint unsigned!
  SELECT_RANGE_CHECK bigint unsigned!
  SELECT_SCAN bigint unsigned!
  SORT_MERGE_PASSES bigint unsigned!
  SORT_RANGE bigint unsigned!
  SORT_ROWS bigint unsigned!
  SORT_SCAN bigint unsigned!
  NO_INDEX_USED bigint unsigned!
  NO_GOOD_INDEX_USED bigint unsigned!
  NESTING_EVENT_ID bigint unsigned
  NESTING_EVENT_TYPE enum('TRANSACTION','STATEMENT','STAGE','WAIT')~n
  NESTING_EVENT_LEVEL int
  STATEMENT_ID bigint unsigned
  CPU_TIME bigint unsigned!
  MAX_CONTROLLED_MEMORY bigint unsigned!
  MAX_TOTAL_MEMORY bigint unsigned!
  EXECUTION_ENGINE enum('PRIMARY','SECONDARY')~n
events_statements_history
  THREAD_ID bigint unsigned!
  EVENT_ID bigint unsigned!
  END_EVENT_ID bigint unsigned
  EVENT_NAME varchar(128)!~n
  SOURCE varchar(64)~n
  TIMER_START bigint unsigned
  TIMER_END bigint unsigned
  TIMER_WAIT bigint unsigned
  LOCK_TIME bigint unsigned!
  SQL_TEXT longtext~n
  DIGEST varchar(64)~n
  DIGEST_TEXT longtext~n
  CURRENT_SCHEMA varchar(64)~n
  OBJECT_TYPE varchar(64)~n
  OBJECT_SCHEMA varchar(64)~n
  OBJECT_NAME varchar(64)~n
  OBJECT_INSTANCE_BEGIN bigint unsigned
  MYSQL_ERRNO int
  RETURNED_SQLSTATE varchar(5)~n
  MESSAGE_TEXT varchar(128)~n
  ERRORS bigint unsigned!
  WARNINGS bigint unsigned!
  ROWS_AFFECTED bigint unsigned!
  ROWS_SENT bigint unsigned!
  ROWS_EXAMINED bigint unsigned!
  CREATED_TMP_DISK_TABLES bigint unsigned!
  CREATED_TMP_TABLES bigint unsigned!
  SELECT_FULL_JOIN bigint unsigned!
  SELECT_FULL_RANGE_JOIN bigint unsigned!
  SELECT_RANGE bigint unsigned!
  SELECT_RANGE_CHECK bigint unsigned!
  SELECT_SCAN bigint unsigned!
  SORT_MERGE_PASSES bigint unsigned!
  SORT_RANGE bigint unsigned!
  SORT_ROWS bigint unsigned!
  SORT_SCAN bigint unsigned!
  NO_INDEX_USED bigint unsigned!
  NO_GOOD_INDEX_USED bigint unsigned!
  NESTING_EVENT_ID bigint unsigned
  NESTING_EVENT_TYPE enum('TRANSACTION','STATEMENT','STAGE','WAIT')~n
  NESTING_EVENT_LEVEL int
  STATEMENT_ID bigint unsigned
  CPU_TIME bigint unsigned!
  MAX_CONTROLLED_MEMORY bigint unsigned!
  MAX_TOTAL_MEMORY bigint unsigned!
  EXECUTION_ENGINE enum('PRIMARY','SECONDARY')~n
events_statements_summary_by_digest
  SCHEMA_NAME varchar(64)~n
  DIGEST varchar(64)~n
  DIGEST_TEXT longtext~n
  COUNT_STAR bigint unsigned!
  SUM_TIMER_WAIT bigint unsigned!
  MIN_TIMER_WAIT bigint unsigned!
  AVG_TIMER_WAIT bigint unsigned!
  MAX_TIMER_WAIT bigint unsigned!
  SUM_LOCK_TIME bigint unsigned!
  SUM_ERRORS bigint unsigned!
  SUM_WARNINGS bigint unsigned!
  SUM_ROWS_AFFECTED bigint unsigned!
  SUM_ROWS_SENT bigint unsigned!
  SUM_ROWS_EXAMINED bigint unsigned!
  SUM_CREATED_TMP_DISK_TABLES bigint unsigned!
  SUM_CREATED_TMP_TABLES bigint unsigned!
  SUM_SELECT_FULL_JOIN bigint unsigned!
  SUM_SELECT_FULL_RANGE_JOIN bigint unsigned!
  SUM_SELECT_RANGE bigint unsigned!
  SUM_SELECT_RANGE_CHECK bigint unsigned!
  SUM_SELECT_SCAN bigint unsigned!
  SUM_SORT_MERGE_PASSES bigint unsigned!
  SUM_SORT_RANGE bigint unsigned!
  SUM_SORT_ROWS bigint unsigned!
  SUM_SORT_SCAN bigint unsigned!
  SUM_NO_INDEX_USED bigint unsigned!
  SUM_NO_GOOD_INDEX_USED bigint unsigned!
  SUM_CPU_TIME bigint unsigned!
  MAX_CONTROLLED_MEMORY bigint unsigned!
  MAX_TOTAL_MEMORY bigint unsigned!
  COUNT_SECONDARY bigint unsigned!
  FIRST_SEEN timestamp(6)!
  LAST_SEEN timestamp(6)!
  QUANTILE_95 bigint unsigned!
  QUANTILE_99 bigint unsigned!
  QUANTILE_999 bigint unsigned!
  QUERY_SAMPLE_TEXT longtext~n
  QUERY_SAMPLE_SEEN timestamp(6)!
  QUERY_SAMPLE_TIMER_WAIT bigint unsigned!
events_transactions_current
  THREAD_ID bigint unsigned!
  EVENT_ID bigint unsigned!
  END_EVENT_ID bigint unsigned
  EVENT_NAME varchar(128)!~n
  STATE enum('ACTIVE','COMMITTED','ROLLED BACK')~n
  TRX_ID bigint unsigned
  GTID varchar(90)~n
  XID_FORMAT_ID int
  XID_GTRID varchar(130)~n
  XID_BQUAL varchar(130)~n
  XA_STATE varchar(64)~n
  SOURCE varchar(64)~n
  TIMER_START bigint unsigned
  TIMER_END bigint unsigned
  TIMER_WAIT bigint unsigned
  ACCESS_MODE enum('READ ONLY','READ WRITE')~n
  ISOLATION_LEVEL varchar(64)~n
  AUTOCOMMIT enum('YES','NO')!~n
  NUMBER_OF_SAVEPOINTS bigint unsigned
  NUMBER_OF_ROLLBACK_TO_SAVEPOINT bigint unsigned
  NUMBER_OF_RELEASE_SAVEPOINT bigint unsigned
  OBJECT_INSTANCE_BEGIN bigint unsigned
  NESTING_EVENT_ID bigint unsigned
  NESTING_EVENT_TYPE enum('TRANSACTION','STATEMENT','STAGE','WAIT')~n
file_summary_by_instance
  FILE_NAME varchar(512)!~n
  EVENT_NAME varchar(128)!~n
  OBJECT_INSTANCE_BEGIN bigint unsigned!
  COUNT_STAR bigint unsigned!
  SUM_TIMER_WAIT bigint unsigned!
  MIN_TIMER_WAIT bigint unsigned!
  AVG_TIMER_WAIT bigint unsigned!
  MAX_TIMER_WAIT bigint unsigned!
  COUNT_READ bigint unsigned!
  SUM_TIMER_READ bigint unsigned!
  MIN_TIMER_READ bigint unsigned!
  AVG_TIMER_READ bigint unsigned!
  MAX_TIMER_READ bigint unsigned!
  SUM_NUMBER_OF_BYTES_READ bigint!
  COUNT_WRITE bigint unsigned!
  SUM_TIMER_WRITE bigint unsigned!
  MIN_TIMER_WRITE bigint unsigned!
  AVG_TIMER_WRITE bigint unsigned!
  MAX_TIMER_WRITE bigint unsigned!
  SUM_NUMBER_OF_BYTES_WRITE bigint!
  COUNT_MISC bigint unsigned!
  SUM_TIMER_MISC bigint unsigned!
  MIN_TIMER_MISC bigint unsigned!
  AVG_TIMER_MISC bigint unsigned!
  MAX_TIMER_MISC bigint unsigned!
global_status
  VARIABLE_NAME varchar(64)!~n
  VARIABLE_VALUE varchar(1024)~n
global_variables
  VARIABLE_NAME varchar(64)!~n
  VARIABLE_VALUE varchar(1024)~n
hosts
  HOST char(255)~a
  CURRENT_CONNECTIONS bigint!
  TOTAL_CONNECTIONS bigint!
  MAX_SESSION_CONTROLLED_MEMORY bigint unsigned!
  MAX_SESSION_TOTAL_MEMORY bigint unsigned!
keyring_keys
  KEY_ID varchar(255)!~4
  KEY_OWNER varchar(255)~4
  BACKEND_KEY_ID varchar(255)~4
log_status
  SERVER_UUID char(36)!~4
  LOCAL json!
  REPLICATION json!
  STORAGE_ENGINES json!
metadata_locks
  OBJECT_TYPE varchar(64)!~n
  OBJECT_SCHEMA varchar(64)~n
  OBJECT_NAME varchar(64)~n
  COLUMN_NAME varchar(64)~n
  OBJECT_INSTANCE_BEGIN bigint unsigned!
  LOCK_TYPE varchar(32)!~n
  LOCK_DURATION varchar(32)!~n
  LOCK_STATUS varchar(32)!~n
  SOURCE varchar(64)~n
  OWNER_THREAD_ID bigint unsigned
  OWNER_EVENT_ID bigint unsigned
persisted_variables
  VARIABLE_NAME varchar(64)!~n
  VARIABLE_VALUE varchar(1024)~n
prepared_statements_instances
  OBJECT_INSTANCE_BEGIN bigint unsigned!
  STATEMENT_ID bigint unsigned!
  STATEMENT_NAME varchar(64)~n
  SQL_TEXT longtext!~n
  OWNER_THREAD_ID bigint unsigned!
  OWNER_EVENT_ID bigint unsigned!
  OWNER_OBJECT_TYPE enum('EVENT','FUNCTION','PROCEDURE','TABLE','TRIGGER')~n
  OWNER_OBJECT_SCHEMA varchar(64)~n
  OWNER_OBJECT_NAME varchar(64)~n
  EXECUTION_ENGINE enum('PRIMARY','SECONDARY')~n
  TIMER_PREPARE bigint unsigned!
  COUNT_REPREPARE bigint unsigned!
  COUNT_EXECUTE bigint unsigned!
  SUM_TIMER_EXECUTE bigint unsigned!
  MIN_TIMER_EXECUTE bigint unsigned!
  AVG_TIMER_EXECUTE bigint unsigned!
  MAX_TIMER_EXECUTE bigint unsigned!
  SUM_LOCK_TIME bigint unsigned!
  SUM_ERRORS bigint unsigned!
  SUM_WARNINGS bigint unsigned!
  SUM_ROWS_AFFECTED bigint unsigned!
  SUM_ROWS_SENT bigint unsigned!
  SUM_ROWS_EXAMINED bigint unsigned!
  SUM_CREATED_TMP_DISK_TABLES bigint unsigned!
  SUM_CREATED_TMP_TABLES bigint unsigned!
  SUM_SELECT_FULL_JOIN bigint unsigned!
  SUM_SELECT_FULL_RANGE_JOIN bigint unsigned!
  SUM_SELECT_RANGE bigint unsigned!
  SUM_SELECT_RANGE_CHECK bigint unsigned!
  SUM_SELECT_SCAN bigint unsigned!
  SUM_SORT_MERGE_PASSES bigint unsigned!
  SUM_SORT_RANGE bigint unsigned!
  SUM_SORT_ROWS bigint unsigned!
  SUM_SORT_SCAN bigint unsigned!
  SUM_NO_INDEX_USED bigint unsigned!
  SUM_NO_GOOD_INDEX_USED bigint unsigned!
  SUM_CPU_TIME bigint unsigned!
  MAX_CONTROLLED_MEMORY bigint unsigned!
  MAX_TOTAL_MEMORY bigint unsigned!
  COUNT_SECONDARY bigint unsigned!
processlist
  ID bigint unsigned!
  USER varchar(32)~n
  HOST varchar(261)~a
  DB varchar(64)~n
  COMMAND varchar(16)~n
  TIME bigint
  STATE varchar(64)~n
  INFO longtext~n
  EXECUTION_ENGINE enum('PRIMARY','SECONDARY')~n
replication_applier_status
  CHANNEL_NAME char(64)!~n
  SERVICE_STATE enum('ON','OFF')!~n
  REMAINING_DELAY int unsigned
  COUNT_TRANSACTIONS_RETRIES bigint unsigned!
replication_applier_status_by_coordinator
  CHANNEL_NAME char(64)!~n
  THREAD_ID bigint unsigned
  SERVICE_STATE enum('ON','OFF')!~n
  LAST_ERROR_NUMBER int!
  LAST_ERROR_MESSAGE varchar(1024)!~n
  LAST_ERROR_TIMESTAMP timestamp(6)!
  LAST_PROCESSED_TRANSACTION char(90)~n
  LAST_PROCESSED_TRANSACTION_ORIGINAL_COMMIT_TIMESTAMP timestamp(6)!
  LAST_PROCESSED_TRANSACTION_IMMEDIATE_COMMIT_TIMESTAMP timestamp(6)!
  LAST_PROCESSED_TRANSACTION_START_BUFFER_TIMESTAMP timestamp(6)!
  LAST_PROCESSED_TRANSACTION_END_BUFFER_TIMESTAMP timestamp(6)!
  PROCESSING_TRANSACTION char(90)~n
  PROCESSING_TRANSACTION_ORIGINAL_COMMIT_TIMESTAMP timestamp(6)!
  PROCESSING_TRANSACTION_IMMEDIATE_COMMIT_TIMESTAMP timestamp(6)!
  PROCESSING_TRANSACTION_START_BUFFER_TIMESTAMP timestamp(6)!
replication_applier_status_by_worker
  CHANNEL_NAME char(64)!~n
  WORKER_ID bigint unsigned!
  THREAD_ID bigint unsigned
  SERVICE_STATE enum('ON','OFF')!~n
  LAST_ERROR_NUMBER int!
  LAST_ERROR_MESSAGE varchar(1024)!~n
  LAST_ERROR_TIMESTAMP timestamp(6)!
  LAST_APPLIED_TRANSACTION char(90)~n
  LAST_APPLIED_TRANSACTION_ORIGINAL_COMMIT_TIMESTAMP timestamp(6)!
  LAST_APPLIED_TRANSACTION_IMMEDIATE_COMMIT_TIMESTAMP timestamp(6)!
  LAST_APPLIED_TRANSACTION_START_APPLY_TIMESTAMP timestamp(6)!
  LAST_APPLIED_TRANSACTION_END_APPLY_TIMESTAMP timestamp(6)!
  APPLYING_TRANSACTION char(90)~n
  APPLYING_TRANSACTION_ORIGINAL_COMMIT_TIMESTAMP timestamp(6)!
  APPLYING_TRANSACTION_IMMEDIATE_COMMIT_TIMESTAMP timestamp(6)!
  APPLYING_TRANSACTION_START_APPLY_TIMESTAMP timestamp(6)!
  LAST_APPLIED_TRANSACTION_RETRIES_COUNT bigint unsigned!
  LAST_APPLIED_TRANSACTION_LAST_TRANSIENT_ERROR_NUMBER int!
  LAST_APPLIED_TRANSACTION_LAST_TRANSIENT_ERROR_MESSAGE varchar(1024)~n
  LAST_APPLIED_TRANSACTION_LAST_TRANSIENT_ERROR_TIMESTAMP timestamp(6)!
  APPLYING_TRANSACTION_RETRIES_COUNT bigint unsigned!
  APPLYING_TRANSACTION_LAST_TRANSIENT_ERROR_NUMBER int!
  APPLYING_TRANSACTION_LAST_TRANSIENT_ERROR_MESSAGE varchar(1024)~n
  APPLYING_TRANSACTION_LAST_TRANSIENT_ERROR_TIMESTAMP timestamp(6)!
replication_connection_configuration
  CHANNEL_NAME char(64)!~n
  HOST char(255)!~a
  PORT int!
  USER char(32)!~4
  NETWORK_INTERFACE char(60)!~4
  AUTO_POSITION enum('1','0')!~n
  SSL_ALLOWED enum('YES','NO','IGNORED')!~n
  SSL_CA_FILE varchar(512)!~n
  SSL_CA_PATH varchar(512)!~n
  SSL_CERTIFICATE varchar(512)!~n
  SSL_CIPHER varchar(512)!~n
  SSL_KEY varchar(512)!~n
  SSL_VERIFY_SERVER_CERTIFICATE enum('YES','NO')!~n
  SSL_CRL_FILE varchar(255)!~n
  SSL_CRL_PATH varchar(255)!~n
  CONNECTION_RETRY_INTERVAL int!
  CONNECTION_RETRY_COUNT bigint unsigned!
  HEARTBEAT_INTERVAL double(10,3)!
  TLS_VERSION varchar(255)!~n
  PUBLIC_KEY_PATH varchar(512)!~n
  GET_PUBLIC_KEY enum('YES','NO')!~n
  NETWORK_NAMESPACE varchar(64)!~n
  COMPRESSION_ALGORITHM char(64)!~4
  ZSTD_COMPRESSION_LEVEL int!
  TLS_CIPHERSUITES text~b
  SOURCE_CONNECTION_AUTO_FAILOVER enum('1','0')!~n
  GTID_ONLY enum('1','0')!~n
replication_connection_status
  CHANNEL_NAME char(64)!~n
  GROUP_NAME char(36)!~4
  SOURCE_UUID char(36)!~4
  THREAD_ID bigint unsigned
  SERVICE_STATE enum('ON','OFF','CONNECTING')!~n
  COUNT_RECEIVED_HEARTBEATS bigint unsigned!
  LAST_HEARTBEAT_TIMESTAMP timestamp(6)!
  RECEIVED_TRANSACTION_SET longtext!~n
  LAST_ERROR_NUMBER int!
  LAST_ERROR_MESSAGE varchar(1024)!~n
  LAST_ERROR_TIMESTAMP timestamp(6)!
  LAST_QUEUED_TRANSACTION char(90)~n
  LAST_QUEUED_TRANSACTION_ORIGINAL_COMMIT_TIMESTAMP timestamp(6)!
  LAST_QUEUED_TRANSACTION_IMMEDIATE_COMMIT_TIMESTAMP timestamp(6)!
  LAST_QUEUED_TRANSACTION_START_QUEUE_TIMESTAMP timestamp(6)!
  LAST_QUEUED_TRANSACTION_END_QUEUE_TIMESTAMP timestamp(6)!
  QUEUEING_TRANSACTION char(90)~n
  QUEUEING_TRANSACTION_ORIGINAL_COMMIT_TIMESTAMP timestamp(6)!
  QUEUEING_TRANSACTION_IMMEDIATE_COMMIT_TIMESTAMP timestamp(6)!
  QUEUEING_TRANSACTION_START_QUEUE_TIMESTAMP timestamp(6)!
replication_group_member_stats
  CHANNEL_NAME char(64)!~n
  VIEW_ID char(60)!~4
  MEMBER_ID char(36)!~4
  COUNT_TRANSACTIONS_IN_QUEUE bigint unsigned!
  COUNT_TRANSACTIONS_CHECKED bigint unsigned!
  COUNT_CONFLICTS_DETECTED bigint unsigned!
  COUNT_TRANSACTIONS_ROWS_VALIDATING bigint unsigned!
  TRANSACTIONS_COMMITTED_ALL_MEMBERS longtext!~n
  LAST_CONFLICT_FREE_TRANSACTION text!~n
  COUNT_TRANSACTIONS_REMOTE_IN_APPLIER_QUEUE bigint unsigned!
  COUNT_TRANSACTIONS_REMOTE_APPLIED bigint unsigned!
  COUNT_TRANSACTIONS_LOCAL_PROPOSED bigint unsigned!
  COUNT_TRANSACTIONS_LOCAL_ROLLBACK bigint unsigned!
replication_group_members
  CHANNEL_NAME char(64)!~n
  MEMBER_ID char(36)!~4
  MEMBER_HOST char(255)!~a
  MEMBER_PORT int
  MEMBER_STATE char(64)!~4
  MEMBER_ROLE char(64)!~4
  MEMBER_VERSION char(64)!~4
  MEMBER_COMMUNICATION_STACK char(64)!~4
session_account_connect_attrs
  PROCESSLIST_ID bigint unsigned!
  ATTR_NAME varchar(32)!~4
  ATTR_VALUE varchar(1024)~4
  ORDINAL_POSITION int
session_connect_attrs
  PROCESSLIST_ID bigint unsigned!
  ATTR_NAME varchar(32)!~4
  ATTR_VALUE varchar(1024)~4
  ORDINAL_POSITION int
session_status
  VARIABLE_NAME varchar(64)!~n
  VARIABLE_VALUE varchar(1024)~n
session_variables
  VARIABLE_NAME varchar(64)!~n
  VARIABLE_VALUE varchar(1024)~n
setup_actors
  HOST char(255)!~a
  USER char(32)!~4
  ROLE char(32)!~4
  ENABLED enum('YES','NO')!~n
  HISTORY enum('YES','NO')!~n
setup_consumers
  NAME varchar(64)!~n
  ENABLED enum('YES','NO')!~n
setup_instruments
  NAME varchar(128)!~n
  ENABLED enum('YES','NO')!~n
  TIMED enum('YES','NO')~n
  PROPERTIES set('singleton','progress','user','global_statistics','mutable','controlled_by_default')!~n
  FLAGS set('controlled')~n
  VOLATILITY int!
  DOCUMENTATION longtext~n
setup_objects
  OBJECT_TYPE enum('EVENT','FUNCTION','PROCEDURE','TABLE','TRIGGER')!~n
  OBJECT_SCHEMA varchar(64)~n
  OBJECT_NAME varchar(64)!~n
  ENABLED enum('YES','NO')!~n
  TIMED enum('YES','NO')!~n
status_by_thread
  THREAD_ID bigint unsigned!
  VARIABLE_NAME varchar(64)!~n
  VARIABLE_VALUE varchar(1024)~n
table_handles
  OBJECT_TYPE varchar(64)!~n
  OBJECT_SCHEMA varchar(64)!~n
  OBJECT_NAME varchar(64)!~n
  OBJECT_INSTANCE_BEGIN bigint unsigned!
  OWNER_THREAD_ID bigint unsigned
  OWNER_EVENT_ID bigint unsigned
  INTERNAL_LOCK varchar(64)~n
  EXTERNAL_LOCK varchar(64)~n
table_io_waits_summary_by_index_usage
  OBJECT_TYPE varchar(64)~n
  OBJECT_SCHEMA varchar(64)~n
  OBJECT_NAME varchar(64)~n
  INDEX_NAME varchar(64)~n
  COUNT_STAR bigint unsigned!
  SUM_TIMER_WAIT bigint unsigned!
  MIN_TIMER_WAIT bigint unsigned!
  AVG_TIMER_WAIT bigint unsigned!
  MAX_TIMER_WAIT bigint unsigned!
  COUNT_READ bigint unsigned!
  SUM_TIMER_READ bigint unsigned!
  MIN_TIMER_READ bigint unsigned!
  AVG_TIMER_READ bigint unsigned!
  MAX_TIMER_READ bigint unsigned!
  COUNT_WRITE bigint unsigned!
  SUM_TIMER_WRITE bigint unsigned!
  MIN_TIMER_WRITE bigint unsigned!
  AVG_TIMER_WRITE bigint unsigned!
  MAX_TIMER_WRITE bigint unsigned!
  COUNT_FETCH bigint unsigned!
  SUM_TIMER_FETCH bigint unsigned!
  MIN_TIMER_FETCH bigint unsigned!
  AVG_TIMER_FETCH bigint unsigned!
  MAX_TIMER_FETCH bigint unsigned!
  COUNT_INSERT bigint unsigned!
  SUM_TIMER_INSERT bigint unsigned!
  MIN_TIMER_INSERT bigint unsigned!
  AVG_TIMER_INSERT bigint unsigned!
  MAX_TIMER_INSERT bigint unsigned!
  COUNT_UPDATE bigint unsigned!
  SUM_TIMER_UPDATE bigint unsigned!
  MIN_TIMER_UPDATE bigint unsigned!
  AVG_TIMER_UPDATE bigint unsigned!
  MAX_TIMER_UPDATE bigint unsigned!
  COUNT_DELETE bigint unsigned!
  SUM_TIMER_DELETE bigint unsigned!
  MIN_TIMER_DELETE bigint unsigned!
  AVG_TIMER_DELETE bigint unsigned!
  MAX_TIMER_DELETE bigint unsigned!
table_io_waits_summary_by_table
  OBJECT_TYPE varchar(64)~n
  OBJECT_SCHEMA varchar(64)~n
  OBJECT_NAME varchar(64)~n
  COUNT_STAR bigint unsigned!
  SUM_TIMER_WAIT bigint unsigned!
  MIN_TIMER_WAIT bigint unsigned!
  AVG_TIMER_WAIT bigint unsigned!
  MAX_TIMER_WAIT bigint unsigned!
  COUNT_READ bigint unsigned!
  SUM_TIMER_READ bigint unsigned!
  MIN_TIMER_READ bigint unsigned!
  AVG_TIMER_READ bigint unsigned!
  MAX_TIMER_READ bigint unsigned!
  COUNT_WRITE bigint unsigned!
  SUM_TIMER_WRITE bigint unsigned!
  MIN_TIMER_WRITE bigint unsigned!
  AVG_TIMER_WRITE bigint unsigned!
  MAX_TIMER_WRITE bigint unsigned!
  COUNT_FETCH bigint unsigned!
  SUM_TIMER_FETCH bigint unsigned!
  MIN_TIMER_FETCH bigint unsigned!
  AVG_TIMER_FETCH bigint unsigned!
  MAX_TIMER_FETCH bigint unsigned!
  COUNT_INSERT bigint unsigned!
  SUM_TIMER_INSERT bigint unsigned!
  MIN_TIMER_INSERT bigint unsigned!
  AVG_TIMER_INSERT bigint unsigned!
  MAX_TIMER_INSERT bigint unsigned!
  COUNT_UPDATE bigint unsigned!
  SUM_TIMER_UPDATE bigint unsigned!
  MIN_TIMER_UPDATE bigint unsigned!
  AVG_TIMER_UPDATE bigint unsigned!
  MAX_TIMER_UPDATE bigint unsigned!
  COUNT_DELETE bigint unsigned!
  SUM_TIMER_DELETE bigint unsigned!
  MIN_TIMER_DELETE bigint unsigned!
  AVG_TIMER_DELETE bigint unsigned!
  MAX_TIMER_DELETE bigint unsigned!
threads
  THREAD_ID bigint unsigned!
  NAME varchar(128)!~n
  TYPE varchar(10)!~n
  PROCESSLIST_ID bigint unsigned
  PROCESSLIST_USER varchar(32)~n
  PROCESSLIST_HOST varchar(255)~a
  PROCESSLIST_DB varchar(64)~n
  PROCESSLIST_COMMAND varchar(16)~n
  PROCESSLIST_TIME bigint
  PROCESSLIST_STATE varchar(64)~n
  PROCESSLIST_INFO longtext~n
  PARENT_THREAD_ID bigint unsigned
  ROLE varchar(64)~n
  INSTRUMENTED enum('YES','NO')!~n
  HISTORY enum('YES','NO')!~n
  CONNECTION_TYPE varchar(16)~n
  THREAD_OS_ID bigint unsigned
  RESOURCE_GROUP varchar(64)~n
  EXECUTION_ENGINE enum('PRIMARY','SECONDARY')~n
  CONTROLLED_MEMORY bigint unsigned!
  MAX_CONTROLLED_MEMORY bigint unsigned!
  TOTAL_MEMORY bigint unsigned!
  MAX_TOTAL_MEMORY bigint unsigned!
  TELEMETRY_ACTIVE enum('YES','NO')!~n
user_variables_by_thread
  THREAD_ID bigint unsigned!
  VARIABLE_NAME varchar(64)!~n
  VARIABLE_VALUE longblob
users
  USER char(32)~4
  CURRENT_CONNECTIONS bigint!
  TOTAL_CONNECTIONS bigint!
  MAX_SESSION_CONTROLLED_MEMORY bigint unsigned!
  MAX_SESSION_TOTAL_MEMORY bigint unsigned!
variables_by_thread
  THREAD_ID bigint unsigned!
  VARIABLE_NAME varchar(64)!~n
  VARIABLE_VALUE varchar(1024)~n
variables_info
  VARIABLE_NAME varchar(64)!~n
  VARIABLE_SOURCE enum('COMPILED','GLOBAL','SERVER','EXPLICIT','EXTRA','USER','LOGIN','COMMAND_LINE','PERSISTED','DYNAMIC')~n
  VARIABLE_PATH varchar(1024)~n
  MIN_VALUE varchar(64)~n
  MAX_VALUE varchar(64)~n
  SET_TIME timestamp(6)
  SET_USER char(32)~4
  SET_HOST char(255)~a
`;
