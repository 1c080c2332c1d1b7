// Every table of both environments, on one page. A table says its name on disk, its slot (its place
// in the environment's list), how its key is made of parts (key.hpp) and what its rows are. Names
// that Consul looks up without regard to case stand folded in keys and as they were given in rows.
//
// Adding one: append the struct here and its name to the list below (slots never change their
// order, names never their meaning), and say in README.md what it is for.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "messages/autopilot.pb.h"
#include "messages/catalog.pb.h"
#include "messages/connect.pb.h"
#include "messages/coordinate.pb.h"
#include "messages/kv.pb.h"
#include "messages/query.pb.h"
#include "messages/raft.pb.h"
#include "messages/session.pb.h"
#include "storage/key.hpp"
#include "storage/transaction.hpp"

namespace troupe::storage {

// -- log/: the Raft log ------------------------------------------------------

struct log_entry_table {
  static constexpr const char* name = "log_entries";
  static constexpr std::size_t slot = 0;
  using value = messages::LogEntry;
  static std::string key(std::uint64_t log_index) { return number_key(log_index); }
};

// "hard_state": a HardState; "cut_index", "cut_term": the last entry cut off; "format".
struct log_meta_table {
  static constexpr const char* name = "log_meta";
  static constexpr std::size_t slot = 1;
  using value = std::string;
};

inline constexpr std::array log_tables = {log_entry_table::name, log_meta_table::name};

// -- state/: what the log amounts to --------------------------------------------

// "format", "applied_index", "applied_term": numbers; "configuration": a RaftConfiguration and
// "configuration_index": the entry that set it.
struct meta_table {
  static constexpr const char* name = "meta";
  static constexpr std::size_t slot = 0;
  using value = std::string;
};

// The log index of the last change to a table, or to one service's instances ("service.<name>").
struct index_table {
  static constexpr const char* name = "indexes";
  static constexpr std::size_t slot = 1;
  using value = std::uint64_t;
};

struct kv_table {
  static constexpr const char* name = "kv";
  static constexpr std::size_t slot = 2;
  using value = messages::KvEntry;
  static std::string_view key(std::string_view user_key) { return user_key; }
};

// Deleted keys, and prefixes deleted as a whole, with the index that did it. Without them the index
// of a prefix would fall back.
struct kv_tombstone_table {
  static constexpr const char* name = "kv_tombstones";
  static constexpr std::size_t slot = 3;
  using value = std::uint64_t;
  static std::string_view key(std::string_view user_key) { return user_key; }
};

struct node_table {
  static constexpr const char* name = "nodes";
  static constexpr std::size_t slot = 4;
  using value = messages::Node;
  static std::string key(std::string_view node) { return folded(node); }
};

// Node id to the node's name.
struct node_id_table {
  static constexpr const char* name = "node_ids";
  static constexpr std::size_t slot = 5;
  using value = std::string;
  static std::string key(std::string_view id) { return folded(id); }
};

struct service_table {
  static constexpr const char* name = "services";
  static constexpr std::size_t slot = 6;
  using value = messages::NodeService;
  static std::string key(std::string_view node, std::string_view id) {
    return composite_key({folded(node), folded(id)});
  }
  static std::string of_node(std::string_view node) { return key_prefix({folded(node)}); }
};

// What follows on the name in a key is the key of the instance in service_table.
struct service_by_name_table {
  static constexpr const char* name = "services_by_name";
  static constexpr std::size_t slot = 7;
  using value = nothing;
  static std::string key(std::string_view service, std::string_view node, std::string_view id) {
    return composite_key({folded(service), folded(node), folded(id)});
  }
  static std::string of_name(std::string_view service) { return key_prefix({folded(service)}); }
};

// Proxies for a service and its native instances; keys as in services_by_name.
struct service_by_connect_table {
  static constexpr const char* name = "services_by_connect";
  static constexpr std::size_t slot = 8;
  using value = nothing;
  static std::string key(std::string_view service, std::string_view node, std::string_view id) {
    return composite_key({folded(service), folded(node), folded(id)});
  }
  static std::string of_name(std::string_view service) { return key_prefix({folded(service)}); }
};

struct check_table {
  static constexpr const char* name = "checks";
  static constexpr std::size_t slot = 9;
  using value = messages::HealthCheck;
  static std::string key(std::string_view node, std::string_view check) {
    return composite_key({folded(node), folded(check)});
  }
  static std::string of_node(std::string_view node) { return key_prefix({folded(node)}); }
};

// A node's checks by the instance they are for; service id "" holds those of the node itself. What
// follows on the instance in a key is the check's id.
struct check_by_instance_table {
  static constexpr const char* name = "checks_by_instance";
  static constexpr std::size_t slot = 10;
  using value = nothing;
  static std::string key(std::string_view node, std::string_view service_id,
                         std::string_view check) {
    return composite_key({folded(node), folded(service_id), folded(check)});
  }
  static std::string of_instance(std::string_view node, std::string_view service_id) {
    return key_prefix({folded(node), folded(service_id)});
  }
};

// What follows on the name in a key is the check's key in check_table.
struct check_by_service_table {
  static constexpr const char* name = "checks_by_service";
  static constexpr std::size_t slot = 11;
  using value = nothing;
  static std::string key(std::string_view service, std::string_view node, std::string_view check) {
    return composite_key({folded(service), folded(node), folded(check)});
  }
  static std::string of_name(std::string_view service) { return key_prefix({folded(service)}); }
};

// What follows on the status in a key is the check's key in check_table.
struct check_by_status_table {
  static constexpr const char* name = "checks_by_status";
  static constexpr std::size_t slot = 12;
  using value = nothing;
  static std::string key(std::string_view status, std::string_view node, std::string_view check) {
    return composite_key({folded(status), folded(node), folded(check)});
  }
  static std::string of_status(std::string_view status) { return key_prefix({folded(status)}); }
};

// One row, "active": the certificate authority with its private key.
struct ca_root_table {
  static constexpr const char* name = "ca_roots";
  static constexpr std::size_t slot = 13;
  using value = messages::CaRootSet;
};

// One row, "current".
struct autopilot_table {
  static constexpr const char* name = "autopilot";
  static constexpr std::size_t slot = 19;
  using value = messages::AutopilotConfiguration;
};

struct session_table {
  static constexpr const char* name = "sessions";
  static constexpr std::size_t slot = 14;
  using value = messages::Session;
  static std::string key(std::string_view id) { return std::string(id); }
};

// What follows on the node in a key is the session's id.
struct session_by_node_table {
  static constexpr const char* name = "sessions_by_node";
  static constexpr std::size_t slot = 15;
  using value = nothing;
  static std::string key(std::string_view node, std::string_view id) {
    return composite_key({folded(node), id});
  }
  static std::string of_node(std::string_view node) { return key_prefix({folded(node)}); }
};

// The sessions that end with a check; what follows on the check in a key is the session's id.
struct session_by_check_table {
  static constexpr const char* name = "sessions_by_check";
  static constexpr std::size_t slot = 16;
  using value = nothing;
  static std::string key(std::string_view node, std::string_view check, std::string_view id) {
    return composite_key({folded(node), folded(check), id});
  }
  static std::string of_check(std::string_view node, std::string_view check) {
    return key_prefix({folded(node), folded(check)});
  }
};

// The keys of the store that a session has locked; what follows on the session in a key is the
// store's.
struct kv_by_session_table {
  static constexpr const char* name = "kv_by_session";
  static constexpr std::size_t slot = 17;
  using value = nothing;
  static std::string key(std::string_view session, std::string_view user_key) {
    return composite_key({session, user_key});
  }
  static std::string of_session(std::string_view session) { return key_prefix({session}); }
};

// Where nodes are. A node has one a segment; this version knows the one without a name.
struct coordinate_table {
  static constexpr const char* name = "coordinates";
  static constexpr std::size_t slot = 18;
  using value = messages::CoordinateEntry;
  static std::string key(std::string_view node, std::string_view segment) {
    return composite_key({folded(node), segment});
  }
  static std::string of_node(std::string_view node) { return key_prefix({folded(node)}); }
};

struct prepared_query_table {
  static constexpr const char* name = "prepared_queries";
  static constexpr std::size_t slot = 20;
  using value = messages::PreparedQuery;
  static std::string key(std::string_view id) { return folded(id); }
};

// Names of prepared queries to their ids; templates stand apart once more, under the prefix they
// are for, which may be empty.
struct prepared_query_by_name_table {
  static constexpr const char* name = "prepared_queries_by_name";
  static constexpr std::size_t slot = 21;
  using value = std::string;
  static std::string of_name(std::string_view query) { return composite_key({"n", folded(query)}); }
  static std::string of_template(std::string_view prefix) {
    return composite_key({"t", folded(prefix)});
  }
};

// The prepared queries that go with a session; what follows on the session in a key is the query's
// id.
struct prepared_query_by_session_table {
  static constexpr const char* name = "prepared_queries_by_session";
  static constexpr std::size_t slot = 22;
  using value = nothing;
  static std::string key(std::string_view session, std::string_view id) {
    return composite_key({session, folded(id)});
  }
  static std::string of_session(std::string_view session) { return key_prefix({session}); }
};

// Virtual addresses by number, in decimal digits: that of each service, those that were given back,
// and the highest one ever given.
struct virtual_ip_table {
  static constexpr const char* name = "virtual_ips";
  static constexpr std::size_t slot = 23;
  using value = std::string;
  static std::string of_service(std::string_view service) {
    return composite_key({"s", folded(service)});
  }
  static std::string of_free(std::uint32_t number) { return all_free() + number_key(number); }
  static std::string all_free() { return key_prefix({"f"}); }
  static std::string highest() { return composite_key({"h"}); }
};

inline constexpr std::array state_tables = {
    meta_table::name,
    index_table::name,
    kv_table::name,
    kv_tombstone_table::name,
    node_table::name,
    node_id_table::name,
    service_table::name,
    service_by_name_table::name,
    service_by_connect_table::name,
    check_table::name,
    check_by_instance_table::name,
    check_by_service_table::name,
    check_by_status_table::name,
    ca_root_table::name,
    session_table::name,
    session_by_node_table::name,
    session_by_check_table::name,
    kv_by_session_table::name,
    coordinate_table::name,
    autopilot_table::name,
    prepared_query_table::name,
    prepared_query_by_name_table::name,
    prepared_query_by_session_table::name,
    virtual_ip_table::name,
};

template <class Table, std::size_t Count>
consteval bool stands_in(const std::array<const char*, Count>& list) {
  return Table::slot < Count && std::string_view(list[Table::slot]) == Table::name;
}
template <std::size_t Count>
consteval bool all_differ(const std::array<const char*, Count>& list) {
  for (std::size_t i = 0; i < Count; ++i) {
    for (std::size_t j = i + 1; j < Count; ++j) {
      if (std::string_view(list[i]) == list[j])
        return false;
    }
  }
  return true;
}
static_assert(all_differ(log_tables) && all_differ(state_tables));
static_assert(stands_in<log_entry_table>(log_tables) && stands_in<log_meta_table>(log_tables));
static_assert(
    stands_in<meta_table>(state_tables) && stands_in<index_table>(state_tables) &&
    stands_in<kv_table>(state_tables) && stands_in<kv_tombstone_table>(state_tables) &&
    stands_in<node_table>(state_tables) && stands_in<node_id_table>(state_tables) &&
    stands_in<service_table>(state_tables) && stands_in<service_by_name_table>(state_tables) &&
    stands_in<service_by_connect_table>(state_tables) && stands_in<check_table>(state_tables) &&
    stands_in<check_by_instance_table>(state_tables) &&
    stands_in<check_by_service_table>(state_tables) &&
    stands_in<check_by_status_table>(state_tables) && stands_in<ca_root_table>(state_tables) &&
    stands_in<session_table>(state_tables) && stands_in<session_by_node_table>(state_tables) &&
    stands_in<session_by_check_table>(state_tables) &&
    stands_in<kv_by_session_table>(state_tables) && stands_in<coordinate_table>(state_tables) &&
    stands_in<autopilot_table>(state_tables) && stands_in<prepared_query_table>(state_tables) &&
    stands_in<prepared_query_by_name_table>(state_tables) &&
    stands_in<prepared_query_by_session_table>(state_tables) &&
    stands_in<virtual_ip_table>(state_tables));

// -- names of rows in index_table ---------------------------------------------------

namespace index_names {

inline const std::string kv = "kvs";
inline const std::string tombstones = "tombstones";
inline const std::string nodes = "nodes";
inline const std::string services = "services";
inline const std::string checks = "checks";
inline const std::string ca_roots = "connect-ca-roots";
inline const std::string sessions = "sessions";
inline const std::string coordinates = "coordinates";
inline const std::string autopilot = "autopilot-config";
inline const std::string prepared_queries = "prepared-queries";
// When a service last lost its last instance: the index of every service that has none.
inline const std::string service_extinction = "service_extinction";
inline std::string service(std::string_view name) {
  return "service." + folded(name);
}

}  // namespace index_names

}  // namespace troupe::storage
