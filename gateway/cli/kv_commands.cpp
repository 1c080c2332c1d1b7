// kv get, put, delete, export, import.
#include <string>
#include <vector>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "gateway/cli/api_client.hpp"
#include "gateway/cli/command.hpp"
#include "gateway/cli/json_text.hpp"
#include "gateway/cli/table.hpp"
#include "messages/base64.hpp"

namespace troupe::gateway::cli {

namespace {

namespace json = boost::json;

// What Consul's tables of one entry leave between the name and the value.
constexpr std::size_t detail_gap = 6;

int wrong_usage(const terminal& with, const std::string& why) {
  with.err("Error! " + why + "\n");
  return 1;
}

std::string path_of(const std::string& key) {
  return "/v1/kv/" + escape(key, true);
}

// A leading slash is no part of a key.
std::string without_slash(std::string key) {
  if (key.starts_with('/'))
    key.erase(0, 1);
  return key;
}

// The key among the words behind the flags; there may be `words_max` of them.
messages::result<std::string> key_argument(const std::vector<std::string>& rest,
                                           std::size_t words_max, bool may_be_empty) {
  using messages::errc;
  using messages::failure;
  if (rest.size() > words_max)
    return failure{errc::bad_request, fmt::format("Too many arguments (expected {}, got {})",
                                                  words_max == 1 ? "1" : "1 or 2", rest.size())};
  std::string key = rest.empty() ? "" : without_slash(rest.front());
  if (key.empty() && !may_be_empty)
    return failure{errc::bad_request, "Missing KEY argument"};
  return key;
}

std::string decoded_or_empty(const std::string& encoded) {
  auto decoded = messages::decode_base64(encoded);
  return decoded ? std::move(*decoded) : std::string{};
}

std::string value_of(const json::object& entry, bool as_base64) {
  std::string encoded = text_at(entry, "Value");
  if (as_base64)
    return encoded;
  return decoded_or_empty(encoded);
}

std::string details_of(const json::object& entry, bool as_base64) {
  const std::string session = text_at(entry, "Session");
  return table({{"CreateIndex", number_at(entry, "CreateIndex")},
                {"Flags", number_at(entry, "Flags")},
                {"Key", text_at(entry, "Key")},
                {"LockIndex", number_at(entry, "LockIndex")},
                {"ModifyIndex", number_at(entry, "ModifyIndex")},
                {"Session", session.empty() ? "-" : session},
                {"Value", value_of(entry, as_base64)}},
               detail_gap);
}

struct get_options {
  bool base64 = false;
  bool detailed = false;
  bool keys = false;
  bool recurse = false;
  std::string separator = "/";
};

int get_keys(const api_client& client, const std::string& key, const get_options& options,
             const terminal& with) {
  const auto answer = client.expect(
      "GET", path_of(key), {{"keys", ""}, {"separator", options.separator}}, {}, {200, 404});
  if (!answer)
    return failed_request(with, "Error querying Consul agent", answer.error());
  for (const auto& each : elements(answer->status == 200 ? answer->body : "[]"))
    with.out(std::string(each.as_string()) + "\n");
  return 0;
}

int get_tree(const api_client& client, const std::string& key, const get_options& options,
             const terminal& with) {
  const auto answer = client.expect("GET", path_of(key), {{"recurse", ""}}, {}, {200, 404});
  if (!answer)
    return failed_request(with, "Error querying Consul agent", answer.error());
  bool first = true;
  for (const auto& each : elements(answer->status == 200 ? answer->body : "[]")) {
    const auto& entry = each.as_object();
    if (!options.detailed) {
      with.out(text_at(entry, "Key") + ":" + value_of(entry, options.base64) + "\n");
      continue;
    }
    with.out((first ? "" : "\n") + details_of(entry, options.base64));
    first = false;
  }
  return 0;
}

int get_one(const api_client& client, const std::string& key, const get_options& options,
            const terminal& with) {
  const auto answer = client.expect("GET", path_of(key), {}, {}, {200, 404});
  if (!answer)
    return failed_request(with, "Error querying Consul agent", answer.error());
  const auto found = elements(answer->status == 200 ? answer->body : "[]");
  if (found.empty())
    return wrong_usage(with, "No key exists at: " + key);
  const auto& entry = found.front().as_object();
  with.out(options.detailed ? details_of(entry, options.base64)
                            : value_of(entry, options.base64) + "\n");
  return 0;
}

int kv_get(const command& self, const std::vector<std::string>& args, const terminal& with) {
  get_options options;
  api_client client;
  messages::go_flags flags;
  flags.add("base64", &options.base64, "Show values as base64.")
      .add("detailed", &options.detailed, "Show everything that is known of an entry.")
      .add("keys", &options.keys, "Show only the keys that start with the prefix.")
      .add("recurse", &options.recurse, "Show every entry whose key starts with the prefix.")
      .add("separator", &options.separator, "Cut keys behind this, with -keys.");
  client.add_flags(flags);
  if (const auto done = read_flags(self, flags, args, with))
    return *done;
  const auto key = key_argument(flags.rest(), 1, options.recurse || options.keys);
  if (!key)
    return wrong_usage(with, key.error().detail);
  if (options.keys)
    return get_keys(client, *key, options, with);
  return options.recurse ? get_tree(client, *key, options, with)
                         : get_one(client, *key, options, with);
}

struct put_options {
  bool acquire = false;
  bool base64 = false;
  bool cas = false;
  bool release = false;
  std::uint64_t flags = 0;
  std::uint64_t modify_index = 0;
  std::string session;
};

std::string refused_put(const put_options& options, const std::string& key) {
  if (options.cas && options.modify_index == 0)
    return fmt::format("Did not write to {}: CAS performed with index=0 and key already exists.",
                       key);
  if (options.cas)
    return fmt::format("Did not write to {}: CAS failed", key);
  return options.acquire ? "Did not acquire lock" : "Did not release lock";
}

std::string accepted_put(const put_options& options, const std::string& key) {
  if (options.acquire)
    return "Lock acquired on: " + key;
  return (options.release ? "Lock released on: " : "Data written to: ") + key;
}

int kv_put(const command& self, const std::vector<std::string>& args, const terminal& with) {
  put_options options;
  api_client client;
  messages::go_flags flags;
  flags.add("acquire", &options.acquire, "Take the lock on the key; needs -session.")
      .add("base64", &options.base64, "The data is base64.")
      .add("cas", &options.cas, "Write only if -modify-index is the key's.")
      .add("flags", &options.flags, "Number kept with the value.")
      .add("modify-index", &options.modify_index, "For -cas; 0: only if the key is absent.")
      .add("release", &options.release, "Give the lock on the key back; needs -session.")
      .add("session", &options.session, "Session for -acquire and -release.");
  client.add_flags(flags);
  if (const auto done = read_flags(self, flags, args, with))
    return *done;
  const auto key = key_argument(flags.rest(), 2, false);
  if (!key)
    return wrong_usage(with, key.error().detail);
  if ((options.acquire || options.release) && options.session.empty())
    return wrong_usage(with, fmt::format("Missing -session (required with -{})",
                                         options.acquire ? "acquire" : "release"));
  auto data = data_argument(flags.rest().size() > 1 ? flags.rest()[1] : "", with);
  if (!data)
    return wrong_usage(with, data.error().detail);
  if (options.base64) {
    auto decoded = messages::decode_base64(*data);
    if (!decoded)
      return wrong_usage(with, "Cannot base64 decode data");
    data = std::move(*decoded);
  }
  api_client::parameters query;
  if (options.flags != 0)
    query.emplace_back("flags", std::to_string(options.flags));
  if (options.cas)
    query.emplace_back("cas", std::to_string(options.modify_index));
  if (options.acquire)
    query.emplace_back("acquire", options.session);
  if (options.release)
    query.emplace_back("release", options.session);
  const auto answer = client.expect("PUT", path_of(*key), query, *data);
  if (!answer)
    return failed_request(with, "Error! Failed writing data", answer.error());
  if (!answer->body.starts_with("true"))
    return wrong_usage(with, refused_put(options, *key));
  with.out("Success! " + accepted_put(options, *key) + "\n");
  return 0;
}

int kv_delete(const command& self, const std::vector<std::string>& args, const terminal& with) {
  bool cas = false;
  bool recurse = false;
  std::uint64_t modify_index = 0;
  api_client client;
  messages::go_flags flags;
  flags.add("cas", &cas, "Delete only if -modify-index is the key's.")
      .add("modify-index", &modify_index, "For -cas.")
      .add("recurse", &recurse, "Delete every key that starts with the prefix.");
  client.add_flags(flags);
  if (const auto done = read_flags(self, flags, args, with))
    return *done;
  const auto key = key_argument(flags.rest(), 1, recurse);
  if (!key)
    return wrong_usage(with, key.error().detail);
  if (cas && recurse)
    return wrong_usage(with, "Cannot specify both -cas and -recurse!");
  if (cas && modify_index == 0)
    return wrong_usage(with, "Must specify a -modify-index greater than 0 with -cas!");
  api_client::parameters query;
  if (cas)
    query.emplace_back("cas", std::to_string(modify_index));
  if (recurse)
    query.emplace_back("recurse", "");
  const auto answer = client.expect("DELETE", path_of(*key), query);
  if (!answer)
    return failed_request(with, fmt::format("Error! Did not delete key {}", *key), answer.error());
  if (!answer->body.starts_with("true"))
    return wrong_usage(with, fmt::format("Did not delete key {}: CAS failed", *key));
  with.out((recurse ? "Success! Deleted keys with prefix: " : "Success! Deleted key: ") + *key +
           "\n");
  return 0;
}

std::string exported(const json::object& entry) {
  return fmt::format("\t{{\n\t\t\"key\": {},\n\t\t\"flags\": {},\n\t\t\"value\": {}\n\t}}",
                     json::serialize(json::string(text_at(entry, "Key"))),
                     number_at(entry, "Flags"),
                     json::serialize(json::string(text_at(entry, "Value"))));
}

int kv_export(const command& self, const std::vector<std::string>& args, const terminal& with) {
  api_client client;
  messages::go_flags flags;
  client.add_flags(flags);
  if (const auto done = read_flags(self, flags, args, with))
    return *done;
  const auto prefix = key_argument(flags.rest(), 1, true);
  if (!prefix)
    return wrong_usage(with, prefix.error().detail);
  const auto answer = client.expect("GET", path_of(*prefix), {{"recurse", ""}}, {}, {200, 404});
  if (!answer)
    return failed_request(with, "Error querying Consul agent", answer.error());
  std::string rows;
  for (const auto& each : elements(answer->status == 200 ? answer->body : "[]"))
    rows += (rows.empty() ? "" : ",\n") + exported(each.as_object());
  with.out(rows.empty() ? "[]\n" : "[\n" + rows + "\n]\n");
  return 0;
}

int kv_import(const command& self, const std::vector<std::string>& args, const terminal& with) {
  std::string prefix;
  api_client client;
  messages::go_flags flags;
  flags.add("prefix", &prefix, "Put before every key.");
  client.add_flags(flags);
  if (const auto done = read_flags(self, flags, args, with))
    return *done;
  if (flags.rest().empty())
    return wrong_usage(with, "Missing DATA argument");
  if (flags.rest().size() > 1)
    return wrong_usage(with,
                       fmt::format("Too many arguments (expected 1, got {})", flags.rest().size()));
  const auto data = data_argument(flags.rest().front(), with);
  if (!data)
    return wrong_usage(with, data.error().detail);
  json::error_code malformed;
  const json::value parsed = json::parse(*data, malformed);
  if (malformed || !parsed.is_array())
    return wrong_usage(with, "Cannot unmarshal data: not an array of entries");
  for (const auto& each : parsed.as_array()) {
    const json::object entry = each.is_object() ? each.as_object() : json::object{};
    const auto value = messages::decode_base64(text_at(entry, "value"));
    if (!value || text_at(entry, "key").empty())
      return wrong_usage(with, "Cannot base64 decode value for key " + text_at(entry, "key"));
    const std::string key = prefix + text_at(entry, "key");
    const auto answer =
        client.expect("PUT", path_of(key), {{"flags", number_at(entry, "flags")}}, *value);
    if (!answer)
      return failed_request(with, "Error! Failed writing data for key " + key, answer.error());
    with.out("Imported: " + key + "\n");
  }
  return 0;
}

}  // namespace

std::vector<command> kv_commands() {
  return {
      {"kv get", "Retrieves or lists data from the KV store",
       "Usage: consul kv get [options] [KEY_OR_PREFIX]\n\n"
       "  Shows the value of a key, or with -recurse or -keys what is below a prefix.",
       kv_get},
      {"kv put", "Sets or updates data in the KV store",
       "Usage: consul kv put [options] KEY [DATA]\n\n"
       "  Writes data to a key: the text given, @file, or - for standard input.",
       kv_put},
      {"kv delete", "Removes data from the KV store",
       "Usage: consul kv delete [options] KEY_OR_PREFIX\n\n  Removes a key, or a whole prefix.",
       kv_delete},
      {"kv export", "Exports a tree from the KV store as JSON",
       "Usage: consul kv export [options] [PREFIX]\n\n  Writes what is below a prefix as JSON.",
       kv_export},
      {"kv import", "Imports a tree stored as JSON to the KV store",
       "Usage: consul kv import [options] DATA\n\n"
       "  Writes what `kv export` made: the text given, @file, or - for standard input.",
       kv_import},
  };
}

}  // namespace troupe::gateway::cli
