/** Status variables: names with counters of this server, and those that tools expect and that count nothing here. */

import type { VirtualContext } from './virtual-rows.ts';

const NAMES: readonly string[] = (
  'Aborted_clients Aborted_connects Acl_cache_items_count Binlog_cache_disk_use Binlog_cache_use ' +
  'Binlog_stmt_cache_disk_use Binlog_stmt_cache_use Bytes_received Bytes_sent ' +
  'Caching_sha2_password_rsa_public_key Com_admin_commands Com_begin Com_commit Com_delete Com_insert ' +
  'Com_replace Com_rollback Com_select Com_set_option Com_show_variables Com_stmt_close Com_stmt_execute ' +
  'Com_stmt_prepare Com_update Connection_errors_accept Connection_errors_internal ' +
  'Connection_errors_max_connections Connection_errors_peer_address Connection_errors_select ' +
  'Connection_errors_tcpwrap Connections Count_hit_query_past_connection_memory_status_limit ' +
  'Count_hit_query_past_global_connection_memory_status_limit Count_hit_tmp_table_size ' +
  'Created_tmp_disk_tables Created_tmp_files Created_tmp_tables Current_tls_ca Current_tls_capath ' +
  'Current_tls_cert Current_tls_cipher Current_tls_ciphersuites Current_tls_crl Current_tls_crlpath ' +
  'Current_tls_key Current_tls_version Delayed_errors Delayed_insert_threads Delayed_writes ' +
  'Deprecated_use_fk_on_non_standard_key_count Deprecated_use_fk_on_non_standard_key_last_timestamp ' +
  'Deprecated_use_i_s_processlist_count Deprecated_use_i_s_processlist_last_timestamp Duality ' +
  'Error_log_buffered_bytes Error_log_buffered_events Error_log_expired_events Error_log_latest_write ' +
  'Flush_commands Handler_commit Handler_delete Handler_discover Handler_external_lock Handler_mrr_init ' +
  'Handler_prepare Handler_read_first Handler_read_key Handler_read_last Handler_read_next ' +
  'Handler_read_prev Handler_read_rnd Handler_read_rnd_next Handler_rollback Handler_savepoint ' +
  'Handler_savepoint_rollback Handler_update Handler_write Innodb_buffer_pool_pages_data ' +
  'Innodb_buffer_pool_pages_dirty Innodb_buffer_pool_pages_free Innodb_buffer_pool_pages_total ' +
  'Innodb_buffer_pool_read_requests Innodb_buffer_pool_reads Innodb_data_reads Innodb_data_writes ' +
  'Innodb_page_size Innodb_row_lock_current_waits Innodb_row_lock_time Innodb_row_lock_waits ' +
  'Innodb_rows_deleted Innodb_rows_inserted Innodb_rows_read Innodb_rows_updated Key_blocks_not_flushed ' +
  'Key_blocks_unused Key_blocks_used Key_read_requests Key_reads Key_write_requests Key_writes ' +
  'Locked_connects Log Max_execution_time_exceeded Max_execution_time_set Max_execution_time_set_failed ' +
  'Max_used_connections Max_used_connections_time Not_flushed_delayed_rows ' +
  'Ongoing_anonymous_transaction_count Open_files Open_streams Open_table_definitions Open_tables ' +
  'Opened_files Opened_table_definitions Opened_tables Optimizer option_tracker_usage:Binary ' +
  'option_tracker_usage:Hypergraph option_tracker_usage:JSON option_tracker_usage:Replication ' +
  'option_tracker_usage:Traditional Prepared_stmt_count Queries Questions Replica Replica_open_temp_tables ' +
  'Rsa_public_key Secondary_engine_execution_count Select_full_join Select_full_range_join Select_range ' +
  'Select_range_check Select_scan Slave_open_temp_tables Slow_launch_threads Slow_queries Sort_merge_passes ' +
  'Sort_range Sort_rows Sort_scan Ssl_accept_renegotiates Ssl_accepts Ssl_callback_cache_hits Ssl_cipher ' +
  'Ssl_cipher_list Ssl_client_connects Ssl_connect_renegotiates Ssl_ctx_verify_depth Ssl_ctx_verify_mode ' +
  'Ssl_default_timeout Ssl_finished_accepts Ssl_finished_connects Ssl_server_not_after ' +
  'Ssl_server_not_before Ssl_session_cache_hits Ssl_session_cache_misses Ssl_session_cache_mode ' +
  'Ssl_session_cache_overflows Ssl_session_cache_size Ssl_session_cache_timeout Ssl_session_cache_timeouts ' +
  'Ssl_sessions_reused Ssl_used_session_cache_entries Ssl_verify_depth Ssl_verify_mode Ssl_version ' +
  'Table_locks_immediate Table_locks_waited Table_open_cache_hits Table_open_cache_misses ' +
  'Table_open_cache_overflows Table_open_cache_triggers_hits Table_open_cache_triggers_misses ' +
  'Table_open_cache_triggers_overflows Tc_log_max_pages_used Tc_log_page_size Tc_log_page_waits ' +
  'TempTable_count_hit_max_ram Threads_cached Threads_connected Threads_created Threads_running ' +
  'Tls_library_version Uptime Uptime_since_flush_status View'
).split(' ');

/** Variables whose value is text; every other one is a number. */
const TEXTS: ReadonlySet<string> = new Set([
  'Caching_sha2_password_rsa_public_key',
  'Current_tls_ca',
  'Current_tls_capath',
  'Current_tls_cert',
  'Current_tls_cipher',
  'Current_tls_ciphersuites',
  'Current_tls_crl',
  'Current_tls_crlpath',
  'Current_tls_key',
  'Last_query_cost',
  'Rsa_public_key',
  'Ssl_cipher',
  'Ssl_cipher_list',
  'Ssl_server_not_after',
  'Ssl_server_not_before',
  'Ssl_session_cache_mode',
  'Ssl_version',
  'Tls_library_version',
]);

/** All status variables with their values as text, in the order of their names. */
export function* statusVariables({ server, statement }: VirtualContext, session: boolean): Generator<[string, string]> {
  const { status, processes } = server;
  const tls = session ? processes.find(statement.evaluation.session.connectionId())?.tlsDetails() : undefined;
  const known: Readonly<Record<string, string | number>> = {
    Connections: status.connections,
    Max_used_connections: status.maxUsedConnections,
    Aborted_connects: status.abortedConnects,
    Queries: status.queries,
    Questions: status.questions,
    Threads_connected: processes.size,
    Threads_running: processes.all().filter((process) => process.command() !== 'Sleep').length,
    Uptime: status.uptimeSeconds(),
    Uptime_since_flush_status: status.uptimeSeconds(),
    Innodb_page_size: 16_384,
    Ssl_cipher: tls?.cipher ?? '',
    Ssl_version: tls?.version ?? '',
    Last_query_cost: '0.000000',
  };
  for (const name of NAMES) yield [name, String(known[name] ?? (TEXTS.has(name) ? '' : 0))];
}
