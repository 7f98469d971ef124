/** The tables of the mysql schema in MySQL's shape; the format is that of `table-lines.ts`. */
export const MYSQL_SCHEMA_LINES = `
columns_priv
  Host char(255)!~a
  Db char(64)!~b
  User char(32)!~b
  Table_name char(64)!~b
  Column_name char(64)!~b
  Timestamp timestamp!
  Column_priv set('Select','Insert','Update','References')!
component
  component_id int unsigned!
  component_group_id int unsigned!
  component_urn text!
db
  Host char(255)!~a
  Db char(64)!~b
  User char(32)!~b
  Select_priv enum('N','Y')!
  Insert_priv enum('N','Y')!
  Update_priv enum('N','Y')!
  Delete_priv enum('N','Y')!
  Create_priv enum('N','Y')!
  Drop_priv enum('N','Y')!
  Grant_priv enum('N','Y')!
  References_priv enum('N','Y')!
  Index_priv enum('N','Y')!
  Alter_priv enum('N','Y')!
  Create_tmp_table_priv enum('N','Y')!
  Lock_tables_priv enum('N','Y')!
  Create_view_priv enum('N','Y')!
  Show_view_priv enum('N','Y')!
  Create_routine_priv enum('N','Y')!
  Alter_routine_priv enum('N','Y')!
  Execute_priv enum('N','Y')!
  Event_priv enum('N','Y')!
  Trigger_priv enum('N','Y')!
default_roles
  HOST char(255)!~a
  USER char(32)!~b
  DEFAULT_ROLE_HOST char(255)!~a
  DEFAULT_ROLE_USER char(32)!~b
engine_cost
  engine_name varchar(64)!
  device_type int!
  cost_name varchar(64)!
  cost_value float
  last_update timestamp!
  comment varchar(1024)
  default_value float
func
  name char(64)!~b
  ret tinyint!
  dl char(128)!~b
  type enum('function','aggregate')!
general_log
  event_time timestamp(6)!
  user_host mediumtext!
  thread_id bigint unsigned!
  server_id int unsigned!
  command_type varchar(64)!
  argument mediumblob!
global_grants
  USER char(32)!~b
  HOST char(255)!~a
  PRIV char(32)!
  WITH_GRANT_OPTION enum('N','Y')!
gtid_executed
  source_uuid char(36)!~n
  interval_start bigint!
  interval_end bigint!
  gtid_tag char(32)!~n
help_category
  help_category_id smallint unsigned!
  name char(64)!
  parent_category_id smallint unsigned
  url text!
help_keyword
  help_keyword_id int unsigned!
  name char(64)!
help_relation
  help_topic_id int unsigned!
  help_keyword_id int unsigned!
help_topic
  help_topic_id int unsigned!
  name char(64)!
  help_category_id smallint unsigned!
  description text!
  example text!
  url text!
innodb_index_stats
  database_name varchar(64)!~b
  table_name varchar(199)!~b
  index_name varchar(64)!~b
  last_update timestamp!
  stat_name varchar(64)!~b
  stat_value bigint unsigned!
  sample_size bigint unsigned
  stat_description varchar(1024)!~b
innodb_table_stats
  database_name varchar(64)!~b
  table_name varchar(199)!~b
  last_update timestamp!
  n_rows bigint unsigned!
  clustered_index_size bigint unsigned!
  sum_of_other_index_sizes bigint unsigned!
password_history
  Host char(255)!~a
  User char(32)!~b
  Password_timestamp timestamp(6)!
  Password text~b
plugin
  name varchar(64)!
  dl varchar(128)!
procs_priv
  Host char(255)!~a
  Db char(64)!~b
  User char(32)!~b
  Routine_name char(64)!
  Routine_type enum('FUNCTION','PROCEDURE','LIBRARY')!~b
  Grantor varchar(288)!~b
  Proc_priv set('Execute','Alter Routine','Grant')!
  Timestamp timestamp!
proxies_priv
  Host char(255)!~a
  User char(32)!~b
  Proxied_host char(255)!~a
  Proxied_user char(32)!~b
  With_grant tinyint(1)!
  Grantor varchar(288)!~b
  Timestamp timestamp!
role_edges
  FROM_HOST char(255)!~a
  FROM_USER char(32)!~b
  TO_HOST char(255)!~a
  TO_USER char(32)!~b
  WITH_ADMIN_OPTION enum('N','Y')!
server_cost
  cost_name varchar(64)!
  cost_value float
  last_update timestamp!
  comment varchar(1024)
  default_value float
servers
  Server_name char(64)!
  Host char(255)!~a
  Db char(64)!
  Username char(64)!
  Password char(64)!
  Port int!
  Socket char(64)!
  Wrapper char(64)!
  Owner char(64)!
slave_master_info
  Number_of_lines int unsigned!
  Master_log_name text!~b
  Master_log_pos bigint unsigned!
  Host varchar(255)~a
  User_name text~b
  User_password text~b
  Port int unsigned!
  Connect_retry int unsigned!
  Enabled_ssl tinyint(1)!
  Ssl_ca text~b
  Ssl_capath text~b
  Ssl_cert text~b
  Ssl_cipher text~b
  Ssl_key text~b
  Ssl_verify_server_cert tinyint(1)!
  Heartbeat float!
  Bind text~b
  Ignored_server_ids text~b
  Uuid text~b
  Retry_count bigint unsigned!
  Ssl_crl text~b
  Ssl_crlpath text~b
  Enabled_auto_position tinyint(1)!
  Channel_name varchar(64)!
  Tls_version text~b
  Public_key_path text~b
  Get_public_key tinyint(1)!
  Network_namespace text~b
  Master_compression_algorithm varchar(64)!~b
  Master_zstd_compression_level int unsigned!
  Tls_ciphersuites text~b
  Source_connection_auto_failover tinyint(1)!
  Gtid_only tinyint(1)!
slave_relay_log_info
  Number_of_lines int unsigned!
  Relay_log_name text~b
  Relay_log_pos bigint unsigned
  Master_log_name text~b
  Master_log_pos bigint unsigned
  Sql_delay int
  Number_of_workers int unsigned
  Id int unsigned
  Channel_name varchar(64)!
  Privilege_checks_username varchar(32)~b
  Privilege_checks_hostname varchar(255)~a
  Require_row_format tinyint(1)!
  Require_table_primary_key_check enum('STREAM','ON','OFF','GENERATE')!
  Assign_gtids_to_anonymous_transactions_type enum('OFF','LOCAL','UUID')!
  Assign_gtids_to_anonymous_transactions_value text~b
slave_worker_info
  Id int unsigned!
  Relay_log_name text!~b
  Relay_log_pos bigint unsigned!
  Master_log_name text!~b
  Master_log_pos bigint unsigned!
  Checkpoint_relay_log_name text!~b
  Checkpoint_relay_log_pos bigint unsigned!
  Checkpoint_master_log_name text!~b
  Checkpoint_master_log_pos bigint unsigned!
  Checkpoint_seqno int unsigned!
  Checkpoint_group_size int unsigned!
  Checkpoint_group_bitmap blob!
  Channel_name varchar(64)!
slow_log
  start_time timestamp(6)!
  user_host mediumtext!
  query_time time(6)!
  lock_time time(6)!
  rows_sent int!
  rows_examined int!
  db varchar(512)!
  last_insert_id int!
  insert_id int!
  server_id int unsigned!
  sql_text mediumblob!
  thread_id bigint unsigned!
tables_priv
  Host char(255)!~a
  Db char(64)!~b
  User char(32)!~b
  Table_name char(64)!~b
  Grantor varchar(288)!~b
  Timestamp timestamp!
  Table_priv set('Select','Insert','Update','Delete','Create','Drop','Grant','References','Index','Alter','Create View','Show view','Trigger')!
  Column_priv set('Select','Insert','Update','References')!
time_zone
  Time_zone_id int unsigned!
  Use_leap_seconds enum('Y','N')!
time_zone_leap_second
  Transition_time bigint!
  Correction int!
time_zone_name
  Name char(64)!
  Time_zone_id int unsigned!
time_zone_transition
  Time_zone_id int unsigned!
  Transition_time bigint!
  Transition_type_id int unsigned!
time_zone_transition_type
  Time_zone_id int unsigned!
  Transition_type_id int unsigned!
  Offset int!
  Is_DST tinyint unsigned!
  Abbreviation char(8)!
user
  Host char(255)!~a
  User char(32)!~b
  Select_priv enum('N','Y')!
  Insert_priv enum('N','Y')!
  Update_priv enum('N','Y')!
  Delete_priv enum('N','Y')!
  Create_priv enum('N','Y')!
  Drop_priv enum('N','Y')!
  Reload_priv enum('N','Y')!
  Shutdown_priv enum('N','Y')!
  Process_priv enum('N','Y')!
  File_priv enum('N','Y')!
  Grant_priv enum('N','Y')!
  References_priv enum('N','Y')!
  Index_priv enum('N','Y')!
  Alter_priv enum('N','Y')!
  Show_db_priv enum('N','Y')!
  Super_priv enum('N','Y')!
  Create_tmp_table_priv enum('N','Y')!
  Lock_tables_priv enum('N','Y')!
  Execute_priv enum('N','Y')!
  Repl_slave_priv enum('N','Y')!
  Repl_client_priv enum('N','Y')!
  Create_view_priv enum('N','Y')!
  Show_view_priv enum('N','Y')!
  Create_routine_priv enum('N','Y')!
  Alter_routine_priv enum('N','Y')!
  Create_user_priv enum('N','Y')!
  Event_priv enum('N','Y')!
  Trigger_priv enum('N','Y')!
  Create_tablespace_priv enum('N','Y')!
  ssl_type enum('','ANY','X509','SPECIFIED')!
  ssl_cipher blob!
  x509_issuer blob!
  x509_subject blob!
  max_questions int unsigned!
  max_updates int unsigned!
  max_connections int unsigned!
  max_user_connections int unsigned!
  plugin char(64)!~b
  authentication_string text~b
  password_expired enum('N','Y')!
  password_last_changed timestamp
  password_lifetime smallint unsigned
  account_locked enum('N','Y')!
  Create_role_priv enum('N','Y')!
  Drop_role_priv enum('N','Y')!
  Password_reuse_history smallint unsigned
  Password_reuse_time smallint unsigned
  Password_require_current enum('N','Y')
  User_attributes json
`;
