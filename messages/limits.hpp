// Every bound of the system, with the reason for its number.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace troupe::messages::limits {

using namespace std::chrono_literals;

// -- HTTP (contract: Consul's defaults) ------------------------------------

inline constexpr std::size_t kv_value_bytes_max = std::size_t{512} * 1024;  // kv_max_value_size
inline constexpr std::size_t request_body_bytes_max =
    std::size_t{64} << 20;  // a snapshot to restore is the largest
inline constexpr std::size_t request_header_bytes_max = 1 << 20;  // http_config.max_header_bytes
inline constexpr std::size_t json_depth_max = 128;      // a body deeper than this is an attack
inline constexpr int connections_per_client_max = 200;  // limits.http_max_conns_per_client
inline constexpr auto request_header_timeout = 10s;     // http_config.read_header_timeout
inline constexpr auto connection_idle_timeout = 120s;   // http_config.idle_timeout
inline constexpr auto request_body_timeout = 15min;     // http_config.read_timeout
inline constexpr std::size_t gzip_bytes_min =
    1024;  // smaller answers gain nothing (Go's handler: 1400)

// -- blocking queries --------------------------------------------------------

inline constexpr auto default_query_time = 300s;
inline constexpr auto max_query_time = 600s;
inline constexpr int wait_jitter_divisor = 16;               // up to wait/16 is added
inline constexpr std::size_t waiting_queries_max = 200'000;  // a server; 1 kB each
inline constexpr auto rpc_hold_timeout = 7s;  // how long a request waits for a leader

// -- request cache (?cached) ---------------------------------------------------

// Each keeps one blocking query waiting at a server.
inline constexpr std::size_t cache_entries_max = 16'384;
inline constexpr std::size_t cache_bytes_max = std::size_t{256} << 20;  // of keys and answers
inline constexpr std::size_t cache_waiters_max = waiting_queries_max;
inline constexpr auto cache_unused_max = 72h;         // then an entry is dropped, as Consul does
inline constexpr auto cache_refresh_retry_min = 1s;   // after an error; doubles up to the next
inline constexpr auto cache_refresh_retry_max = 60s;  // plus up to half of it, drawn
// A server that answers a blocking query at once and without news is not asked more often.
inline constexpr auto cache_refresh_interval_min = 1s;

// -- filter language -------------------------------------------------------------

inline constexpr std::size_t filter_bytes_max = std::size_t{16} * 1024;
inline constexpr std::size_t filter_depth_max = 128;
inline constexpr std::size_t filter_regexps_max = 64;  // in one filter: 64 MiB at the worst
inline constexpr std::int64_t filter_regexp_bytes_max = 1
                                                        << 20;  // of one, compiled, with its caches

// -- key/value store ---------------------------------------------------------

// LMDB's key limit is 511 bytes; longer keys are stored under a digest (see storage/key.hpp).
inline constexpr std::size_t lmdb_key_bytes_max = 511;
inline constexpr std::size_t kv_key_bytes_max = std::size_t{16} * 1024;
inline constexpr auto tombstone_ttl = 15min;
inline constexpr auto tombstone_granularity = 30s;

// -- sessions ----------------------------------------------------------------

inline constexpr auto session_ttl_min = 10s;  // session_ttl_min
inline constexpr auto session_ttl_max = 24h;
inline constexpr int session_ttl_multiplier = 2;  // a session ends after so many of its TTLs
inline constexpr auto lock_delay_default = 15s;
inline constexpr auto lock_delay_max = 60s;  // what is enforced, whatever was asked for
inline constexpr std::size_t session_destroys_in_flight_max = 256;  // after a change of the leader
inline constexpr auto session_destroy_retry_min = 1s;
inline constexpr auto session_destroy_retry_max = 30s;

// -- transactions --------------------------------------------------------------

inline constexpr std::size_t txn_operations_max = 128;
inline constexpr std::size_t txn_request_bytes_max = std::size_t{512} * 1024;  // txn_max_req_len

// -- Raft ------------------------------------------------------------------------

inline constexpr std::size_t raft_entries_per_message_max = 256;
inline constexpr std::size_t raft_bytes_per_message_max = 1 << 20;
inline constexpr std::size_t raft_proposals_in_flight_max = 16'384;  // beyond it: shed with 503
inline constexpr std::size_t raft_appends_in_flight_max = 32;  // to one follower, of 1 MB each
inline constexpr std::size_t raft_reads_waiting_max = 16'384;  // for a round of the peers
inline constexpr std::size_t raft_cache_entries_max = 4096;    // of the log, kept in memory
inline constexpr std::size_t raft_cache_bytes_max = 16 << 20;
inline constexpr std::size_t log_entry_bytes_max = 4 << 20;
inline constexpr std::uint64_t raft_snapshot_threshold =
    16'384;                                                  // entries; raft_snapshot_threshold
inline constexpr std::uint64_t raft_trailing_logs = 10'240;  // raft_trailing_logs
inline constexpr auto raft_snapshot_interval = 30s;
inline constexpr std::size_t apply_batch_entries_max = 1024;  // one state transaction

// -- storage -----------------------------------------------------------------------

// Address space, not memory: LMDB maps the file and grows it as it is written.
inline constexpr std::size_t state_map_bytes = std::size_t{64} << 30;
inline constexpr std::size_t log_map_bytes = std::size_t{16} << 30;
inline constexpr int lmdb_readers_max = 512;

// -- services and checks ----------------------------------------------------------------

inline constexpr std::size_t meta_pairs_max = 64;
inline constexpr std::size_t meta_key_bytes_max = 128;
inline constexpr std::size_t meta_value_bytes_max = 512;
inline constexpr std::size_t check_output_bytes_max = 4096;
inline constexpr std::size_t check_body_bytes_max = 1 << 20;  // read of an answer, whatever is kept
inline constexpr auto check_interval_min = 1s;
inline constexpr auto check_timeout = 10s;
inline constexpr auto script_timeout = 30s;
inline constexpr auto check_reap_interval = 30s;
inline constexpr auto deregister_critical_after_min = 1min;
inline constexpr auto check_update_interval = 5min;
inline constexpr auto anti_entropy_interval = 1min;
inline constexpr auto anti_entropy_retry = 15s;
inline constexpr int http_check_redirects_max = 10;

// -- configuration -----------------------------------------------------------------

inline constexpr std::size_t config_file_bytes_max = 16 << 20;  // tens of thousands of services
inline constexpr std::size_t config_files_max = 20'000;         // in one directory

}  // namespace troupe::messages::limits
