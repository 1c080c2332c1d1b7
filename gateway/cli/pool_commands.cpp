// join, force-leave, keyring, keygen.
#include <array>
#include <map>

#include <fmt/format.h>
#include <openssl/rand.h>

#include "gateway/cli/api_client.hpp"
#include "gateway/cli/command.hpp"
#include "gateway/cli/json_text.hpp"
#include "messages/base64.hpp"
#include "messages/limits.hpp"

namespace troupe::gateway::cli {

namespace {

constexpr std::size_t gossip_key_bytes = 32;

int join(const command& self, const std::vector<std::string>& args, const terminal& with) {
  bool wan = false;
  api_client client;
  messages::go_flags flags;
  flags.add("wan", &wan, "Join the pool of the servers of all datacenters.");
  client.add_flags(flags);
  if (const auto done = read_flags(self, flags, args, with))
    return *done;
  if (flags.rest().empty())
    return wrong_words(self, flags, "At least one address to join must be specified.", with);
  int joined = 0;
  for (const auto& address : flags.rest()) {
    api_client::parameters query;
    if (wan)
      query.emplace_back("wan", "1");
    const auto answer = client.expect("PUT", "/v1/agent/join/" + escape(address, false), query);
    if (answer)
      ++joined;
    else
      failed_request(with, fmt::format("Error joining address '{}'", address), answer.error());
  }
  if (joined == 0) {
    with.err("Failed to join any nodes.\n");
    return 1;
  }
  with.out(fmt::format("Successfully joined cluster by contacting {} nodes.\n", joined));
  return 0;
}

int force_leave(const command& self, const std::vector<std::string>& args, const terminal& with) {
  bool prune = false;
  bool wan = false;
  api_client client;
  messages::go_flags flags;
  flags.add("prune", &prune, "Forget the member too.")
      .add("wan", &wan, "In the pool of the servers of all datacenters.");
  client.add_flags(flags);
  if (const auto done = read_flags(self, flags, args, with))
    return *done;
  if (flags.rest().size() != 1)
    return wrong_words(self, flags, "A single node name must be specified to force leave.", with);
  api_client::parameters query;
  if (prune)
    query.emplace_back("prune", "1");
  if (wan)
    query.emplace_back("wan", "1");
  const auto answer =
      client.expect("PUT", "/v1/agent/force-leave/" + escape(flags.rest().front(), false), query);
  if (!answer)
    return failed_request(with, "Error force leaving", answer.error());
  return 0;
}

// -- keyring -------------------------------------------------------------------

struct keyring_options {
  std::string install;
  std::string use;
  std::string remove;
  bool list = false;
  bool list_primary = false;
  std::int64_t relay_factor = 0;
  bool local_only = false;

  bool lists() const { return list || list_primary; }
  int actions() const {
    return static_cast<int>(list) + static_cast<int>(list_primary) +
           static_cast<int>(!install.empty()) + static_cast<int>(!use.empty()) +
           static_cast<int>(!remove.empty());
  }
};

std::string misuse_of_keyring(const keyring_options& options) {
  constexpr int most = messages::limits::query_relay_factor_max;
  if (options.actions() > 1)
    return "Only a single action is allowed";
  if (options.relay_factor < 0 || options.relay_factor > most)
    return fmt::format("Error parsing relay factor: Relay factor must be in range: [0, {}]", most);
  if (options.local_only && !options.lists())
    return "Error validating local-only: local-only can only be set for list requests";
  return {};
}

// "WAN:" and its keys, each with how many of the pool's members have it.
std::string pool_text(const boost::json::object& pool, std::string_view keys) {
  const auto* wan = pool.if_contains("WAN");
  const bool is_wan = wan != nullptr && wan->is_bool() && wan->as_bool();
  std::string text =
      "\n" + (is_wan ? std::string("WAN") : text_at(pool, "Datacenter") + " (LAN)") + ":\n";
  const auto messages = object_at(pool, "Messages");
  for (const auto& each : messages)
    text += fmt::format("  ===> {}: {}\n", std::string_view(each.key()),
                        text_at(messages, std::string_view(each.key())));
  std::map<std::string, std::string> sorted;
  const auto counts = object_at(pool, keys);
  for (const auto& each : counts)
    sorted[std::string(each.key())] = number_at(counts, std::string_view(each.key()));
  for (const auto& [key, count] : sorted)
    text += fmt::format("  {} [{}/{}]\n", key, count, number_at(pool, "NumNodes"));
  return text;
}

int list_keys(const api_client& client, const keyring_options& options,
              api_client::parameters query, const terminal& with) {
  with.out(options.list ? "==> Gathering installed encryption keys...\n"
                        : "==> Gathering installed primary encryption keys...\n");
  if (options.local_only)
    query.emplace_back("local-only", "true");
  const auto answer = client.expect("GET", "/v1/operator/keyring", query);
  if (!answer)
    return failed_request(with, "error", answer.error());
  for (const auto& pool : elements(answer->body))
    with.out(pool_text(pool.as_object(), options.list ? "Keys" : "PrimaryKeys"));
  return 0;
}

struct key_change {
  const char* says;
  const char* method;
  const std::string& key;
};

int change_keys(const api_client& client, const key_change& what,
                const api_client::parameters& query, const terminal& with) {
  with.out(fmt::format("==> {}\n", what.says));
  const boost::json::object body{{"Key", what.key}};
  const auto answer =
      client.expect(what.method, "/v1/operator/keyring", query, boost::json::serialize(body));
  if (!answer)
    return failed_request(with, "error", answer.error());
  return 0;
}

int keyring(const command& self, const std::vector<std::string>& args, const terminal& with) {
  keyring_options options;
  api_client client;
  messages::go_flags flags;
  flags.add("install", &options.install, "Add this key to the ring of every member.")
      .add("list", &options.list, "Show the keys and how many members have each.")
      .add("list-primary", &options.list_primary, "Show the keys that members encrypt with.")
      .add("local-only", &options.local_only, "List this datacenter's pool alone.")
      .add("relay-factor", &options.relay_factor,
           "Members that pass each answer on too, 0 to 5, where the network loses much.")
      .add("remove", &options.remove, "Take this key, not the one in use, from every ring.")
      .add("use", &options.use, "Let every member encrypt with this key, which it must have.");
  client.add_flags(flags);
  if (const auto done = read_flags(self, flags, args, with))
    return *done;
  if (options.actions() == 0)
    return wrong_words(self, flags, {}, with);
  if (const auto why = misuse_of_keyring(options); !why.empty()) {
    with.err(why + "\n");
    return 1;
  }
  api_client::parameters query;
  if (options.relay_factor != 0)
    query.emplace_back("relay-factor", std::to_string(options.relay_factor));
  if (options.lists())
    return list_keys(client, options, query, with);
  if (!options.install.empty())
    return change_keys(client, {"Installing new gossip encryption key...", "POST", options.install},
                       query, with);
  if (!options.use.empty())
    return change_keys(client, {"Changing primary gossip encryption key...", "PUT", options.use},
                       query, with);
  return change_keys(client, {"Removing gossip encryption key...", "DELETE", options.remove}, query,
                     with);
}

int keygen(const command& self, const std::vector<std::string>& args, const terminal& with) {
  messages::go_flags flags;
  if (const auto done = read_flags(self, flags, args, with))
    return *done;
  std::array<unsigned char, gossip_key_bytes> key{};
  if (RAND_bytes(key.data(), static_cast<int>(key.size())) != 1) {
    with.err("Error reading random data\n");
    return 1;
  }
  std::string text;
  messages::append_base64(text, {reinterpret_cast<const char*>(key.data()), key.size()});
  with.out(text + "\n");
  return 0;
}

}  // namespace

std::vector<command> pool_commands() {
  return {
      {"join", "Tell Consul agent to join cluster",
       "Usage: consul join [options] ADDRESS...\n\n"
       "  Makes the agent join the pool of the members at these addresses.",
       join},
      {"force-leave", "Forces a member of the cluster to enter the \"left\" state",
       "Usage: consul force-leave [options] NODE\n\n"
       "  Makes a failed member count as one that left.",
       force_leave},
      {"keyring", "Manages gossip layer encryption keys",
       "Usage: consul keyring [options]\n\n"
       "  Shows or changes the keys that the pools' packets are encrypted with.",
       keyring},
      {"keygen", "Generates a new encryption key",
       "Usage: consul keygen\n\n  Makes a key for -encrypt.", keygen},
  };
}

}  // namespace troupe::gateway::cli
