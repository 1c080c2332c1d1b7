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
inline constexpr auto http_farewell_timeout = 1s;       // an agent that ends answers by then
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

// -- prepared queries ------------------------------------------------------------

// Longer names are no query's; every shorter start of a name may be a template's.
inline constexpr std::size_t query_name_bytes_max = 1024;
inline constexpr std::size_t query_regexp_groups_max = 64;                     // of a template
inline constexpr std::size_t query_rendered_bytes_max = std::size_t{1} << 20;  // of its texts

// -- Raft ------------------------------------------------------------------------

inline constexpr std::size_t raft_entries_per_message_max = 256;
inline constexpr std::size_t raft_bytes_per_message_max = 1 << 20;
inline constexpr std::size_t raft_proposals_in_flight_max = 16'384;  // beyond it: shed with 503
inline constexpr std::size_t raft_appends_in_flight_max = 32;  // to one follower, of 1 MB each
inline constexpr std::size_t raft_reads_waiting_max = 16'384;  // for a round of the peers
inline constexpr std::size_t raft_cache_entries_max = 4096;    // of the log, kept in memory
inline constexpr std::size_t raft_cache_bytes_max = 16 << 20;
inline constexpr std::size_t raft_servers_max = 64;  // each costs the leader a stream of messages
inline constexpr std::size_t raft_snapshot_piece_bytes_max = 1 << 20;  // one under way a follower
inline constexpr auto raft_bootstrap_promise = 5s;  // begun by then, or anew with whoever asks
inline constexpr std::size_t raft_server_changes_waiting_max = 64;
inline constexpr auto raft_server_change_timeout = 10min;  // a new voter copies the state first
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

// -- user events of agents ---------------------------------------------------------------

inline constexpr std::size_t kept_events_max = 256;           // as Consul keeps
inline constexpr std::size_t event_payload_bytes_max = 300;   // as Consul takes over HTTP
inline constexpr std::size_t waiting_event_lists_max = 4096;  // blocking lists, of one agent

// -- what operators ask of pools -----------------------------------------------------------

// How long a client waits for a join, or for an operation on the keyrings: one query a pool, of 13
// s in one of 10,000 members.
inline constexpr auto pool_operation_timeout = 60s;

// -- coordinates in the catalog ------------------------------------------------------------

inline constexpr auto coordinate_send_interval_min = 15s;  // of one agent
inline constexpr int coordinate_sends_per_second = 64;     // of all agents: they slow down above
// What goes into one entry of the log, and how many such entries a batch has; more is dropped, and
// comes again with the next round.
inline constexpr std::size_t coordinate_batch_updates_max = 128;
inline constexpr std::size_t coordinate_batch_entries_max = 5;
inline constexpr auto coordinate_batch_interval = 5s;

// -- configuration -----------------------------------------------------------------

inline constexpr std::size_t config_file_bytes_max = 16 << 20;  // tens of thousands of services
inline constexpr std::size_t config_files_max = 20'000;         // in one directory

// -- gossip: the serf layer ----------------------------------------------------------

inline constexpr std::size_t user_event_bytes_max = 512;     // serf's; encoded
inline constexpr std::size_t user_event_bytes_limit = 9216;  // what it may be configured to
inline constexpr std::size_t pool_query_bytes_max = 1024;    // a query or a response; one packet
inline constexpr std::size_t pool_tags_bytes_max = 512;      // memberlist's meta
inline constexpr int query_relay_factor_max = 5;
inline constexpr std::size_t gossip_queue_depth_min = 4096;  // serf's MaxQueueDepth
// The Lamport times of which events and queries are told apart; older ones are dropped.
inline constexpr std::size_t event_buffer_slots = 512;
// Of one Lamport time: two members seldom choose the same; only an attacker fills a slot.
inline constexpr std::size_t events_per_slot_max = 64;
inline constexpr std::size_t event_buffer_bytes_max = std::size_t{4} << 20;
inline constexpr std::size_t buffered_intents_max = 16'384;  // of members not known yet
inline constexpr std::size_t own_queries_max = 1024;         // waiting for answers
inline constexpr std::size_t open_questions_max = 4096;      // of others, not answered yet
inline constexpr std::size_t query_filters_max = 64;
inline constexpr std::int64_t query_regexp_bytes_max = 1 << 20;  // of one, compiled
inline constexpr auto query_timeout_max = std::chrono::minutes{60};
inline constexpr std::size_t pool_members_max = 200'000;  // in one view; 100,000 is measured
inline constexpr std::size_t keyring_keys_max = 64;       // serf lists about 40 in one answer
inline constexpr std::size_t snapshot_compact_bytes_min = std::size_t{128} * 1024;
inline constexpr std::size_t snapshot_bytes_per_member = 128;  // serf's guess
inline constexpr std::size_t snapshot_file_bytes_max = std::size_t{256} << 20;
inline constexpr std::size_t serf_warnings_max = 64;  // in one output

// -- between nodes --------------------------------------------------------------------

inline constexpr std::size_t link_greeting_bytes_max = 1024;
inline constexpr auto link_handshake_timeout = 3s;  // an accepted connection says who it is by then
inline constexpr auto link_dial_timeout = 1s;       // connect and greeting together
inline constexpr auto link_ping_interval = 250ms;
inline constexpr int link_pings_missed_max = 3;  // a stopped node is noticed within a second
inline constexpr auto link_backoff_min = 50ms;   // doubles, plus up to half of it, drawn
inline constexpr auto link_backoff_max = 3s;
inline constexpr auto link_idle_timeout = 2min;  // without a request a connection is closed
inline constexpr std::size_t link_window_requests = 128;  // in flight; more gain no throughput
inline constexpr std::size_t link_parcel_bytes_max = std::size_t{256}
                                                     << 10;   // longer ones gain nothing
inline constexpr std::size_t link_queue_requests_max = 4096;  // behind the window; then shed
inline constexpr std::size_t link_queue_bytes_max = std::size_t{64} << 20;
inline constexpr std::size_t link_blocking_queries_max = 65'536;  // beside the window; 1 kB each
inline constexpr auto link_request_timeout = 60s;                 // limits.rpc_client_timeout
inline constexpr auto link_query_grace = 10s;  // beyond a blocking query's own wait
inline constexpr std::size_t link_frame_bytes_max = std::size_t{64} << 20;
// Of one connection; beyond it the other side does not read and is cut off.
inline constexpr std::size_t link_unsent_bytes_max = std::size_t{256} << 20;
// Of one connection at the other side: more than a link's window, queries and messages together.
inline constexpr std::size_t link_served_requests_max = 70'000;
inline constexpr std::size_t link_one_way_in_flight_max = 64;
inline constexpr std::size_t link_one_way_in_flight_bytes_max = std::size_t{8} << 20;
inline constexpr std::size_t link_one_way_queue_max = 1024;  // then the oldest is dropped
inline constexpr std::size_t link_one_way_queue_bytes_max = std::size_t{32} << 20;
inline constexpr std::size_t link_greetings_pending_max = 256;
inline constexpr std::size_t link_inbound_max = 16'384;           // a descriptor and 20 kB each
inline constexpr std::size_t link_inbound_per_address_max = 100;  // rpc_max_conns_per_client
inline constexpr auto link_inbound_silence_max = 10s;             // no ping for so long: cut off
inline constexpr std::size_t link_known_servers_max = 4096;
inline constexpr auto client_rebalance_interval = 2min;  // up to twice that with one server
inline constexpr auto forward_retry_pause = 25ms;        // up to twice that, drawn

// -- gossip: bytes on the wire -------------------------------------------------------

inline constexpr std::size_t gossip_packet_bytes = 1400;  // sent, before layers; UDPBufferSize
// Less is not compressed: a ping or an ack with its coordinate does not become smaller.
inline constexpr std::size_t gossip_compressed_bytes_min = 256;
inline constexpr std::size_t gossip_datagram_bytes_max = 65'536;  // received
inline constexpr std::size_t gossip_label_bytes_max = 255;        // its length is a byte
// A packet, with all that is compressed in it, unpacks to no more.
inline constexpr std::size_t gossip_packet_unpacked_bytes_max = std::size_t{256} * 1024;
// Looked at in one packet, layers too. A full one of 1400 bytes holds about 70.
inline constexpr std::size_t gossip_packet_parts_max = 1024;
inline constexpr int gossip_layers_max =
    8;  // compounds and compressions within each other; sent: 2
inline constexpr std::size_t gossip_stream_bytes_max = std::size_t{20} << 20;  // memberlist's
// What that may unpack to: a state of 100,000 members with Consul's tags has about 35 MB. Small
// streams may only grow so many times, so that a flood of them does not cost much memory.
inline constexpr std::size_t gossip_stream_unpacked_bytes_max = std::size_t{64} << 20;
inline constexpr std::size_t gossip_stream_growth_max = 64;
inline constexpr std::size_t gossip_stream_growth_free_bytes = std::size_t{1} << 20;
inline constexpr std::size_t gossip_event_slots_max = 16'384;  // in one user state; serf writes 512
inline constexpr std::size_t gossip_events_max = 65'536;       // in all of its slots
inline constexpr std::size_t tags_max = 256;                   // of a member; 512 bytes hold 128

// -- gossip: the failure detector ------------------------------------------------------

inline constexpr std::size_t gossip_name_bytes_max =
    1024;  // Consul sets none; a packet must hold two
// pool_members_max, and as many again that were only heard of in the packet at hand.
inline constexpr std::size_t gossip_names_max = 2 * pool_members_max;
// Indirect pings under way for others; each ends after a probe timeout. 100,000 members ask about 3
// each only when one in a hundred thousand of their pings fails; beyond it somebody floods.
inline constexpr std::size_t gossip_forwards_max = 1024;

// -- gossip: sockets and the pool's member ---------------------------------------------

inline constexpr int gossip_receive_buffer_bytes =
    2 << 20;  // asked of the system, halved until it gives
inline constexpr std::size_t gossip_datagrams_a_turn = 256;  // then timers and streams have theirs
// Timers of members of one process go off together, up to so much late: a thread wakes less often.
inline constexpr auto gossip_timer_grain = std::chrono::milliseconds{10};
// Streams that others dial, beyond which they are closed at once, and what they may hold together.
// Those whose answers wait are counted apart: a whole pool of 2,000 may start through one member.
inline constexpr std::size_t gossip_inbound_streams_max = 127;  // memberlist's, of push/pulls
inline constexpr std::size_t gossip_held_answers_max = 2048;    // with so many, all leave
inline constexpr std::size_t gossip_inbound_bytes_max = std::size_t{128} << 20;
inline constexpr auto gossip_accept_retry = std::chrono::milliseconds{100};
inline constexpr std::size_t gossip_handoff_max =
    1024;  // memberlist's HandoffQueueDepth, each of two
inline constexpr std::size_t gossip_exchanges_max = 1024;     // streams dialled, at once
inline constexpr std::size_t pool_join_addresses_max = 1024;  // of one join
inline constexpr std::size_t pool_join_parallel_max = 16;
inline constexpr auto snapshot_flush_interval = std::chrono::milliseconds{500};
inline constexpr int snapshot_writes_waiting_max = 64;  // for a slow disk; more are dropped
inline constexpr auto gossip_leave_timeout = std::chrono::seconds{15};
inline constexpr auto gossip_log_interval =
    std::chrono::seconds{60};                             // of one and the same warning
inline constexpr std::size_t gossip_log_texts_max = 256;  // remembered for that

// -- metrics -----------------------------------------------------------------------------

// Of each kind. Two for each route of the API and some for each actor are a few hundred.
inline constexpr std::size_t metrics_max = 2048;
inline constexpr auto metrics_interval = std::chrono::seconds{10};  // go-metrics' and Consul's

// -- DNS ----------------------------------------------------------------------------------

inline constexpr std::size_t dns_message_bytes_max = 65'535;  // over TCP: its length is 16 bits
inline constexpr std::size_t dns_question_bytes_max = 4096;   // received; more is cut, so broken
inline constexpr std::size_t dns_udp_reply_bytes_max = 4096;  // whatever size a client asks for
inline constexpr std::size_t dns_datagrams_a_turn = 64;       // of one socket; then others
inline constexpr int dns_receive_buffer_bytes = 2 << 20;      // a burst of 10,000 questions
inline constexpr std::size_t dns_tcp_connections_max = 1024;  // of one I/O thread
inline constexpr std::size_t dns_tcp_connections_per_client_max = 100;
inline constexpr std::size_t dns_tcp_pipelined_max = 64;          // unanswered, of one connection
inline constexpr std::size_t dns_tcp_unsent_bytes_max = 1 << 20;  // then nothing is read from it
inline constexpr auto dns_tcp_idle_timeout = 10s;
inline constexpr std::size_t dns_questions_waiting_max = 4096;  // for rows, of one I/O thread
inline constexpr auto dns_answer_timeout = 5s;                  // resolvers have given up by then
// How old rows may be, counted from when they were asked for: what a check's failure may cost.
inline constexpr auto dns_rows_age_max = std::chrono::milliseconds{10};
inline constexpr std::size_t dns_rows_kept_max = 4096;         // names, of one I/O thread
inline constexpr std::size_t dns_rows_instances_max = 65'536;  // of all of them
inline constexpr std::size_t dns_pointer_services_max = 4096;  // looked through for one address
// At once, of one I/O thread: each may look through the whole catalog.
inline constexpr std::size_t dns_pointer_searches_max = 16;
inline constexpr std::size_t dns_hosts_resolved_max = 8;  // names of hosts in one answer
inline constexpr auto dns_accept_pause = std::chrono::milliseconds{100};  // out of descriptors
inline constexpr std::size_t dns_recursions_max = 1024;  // under way, of one I/O thread
inline constexpr std::size_t dns_recursors_max = 16;     // asked in turn
inline constexpr int dns_recursions_per_client_s = 500;  // of one address, on average
inline constexpr int dns_recursions_per_client_burst = 1000;
inline constexpr std::size_t dns_clients_counted_max = 16'384;  // for that; 40 bytes each

// -- the log as it occurs -------------------------------------------------------------------

inline constexpr std::size_t log_watches_max = 128;      // of a process; each costs every line
inline constexpr std::size_t log_watch_lines_max = 512;  // not fetched yet; Consul's, too
inline constexpr std::size_t log_watch_bytes_max = std::size_t{256} << 10;      // of those lines
inline constexpr std::size_t log_watch_line_bytes_max = std::size_t{16} << 10;  // the rest is cut
inline constexpr auto reload_timeout = 10s;  // for the registry to take in what is configured

}  // namespace troupe::messages::limits
