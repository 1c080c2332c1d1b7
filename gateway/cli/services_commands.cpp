// services register, deregister.
#include <fstream>
#include <iterator>
#include <map>

#include <fmt/format.h>

#include "gateway/cli/api_client.hpp"
#include "gateway/cli/command.hpp"
#include "gateway/cli/json_text.hpp"
#include "messages/hcl/hcl.hpp"

namespace troupe::gateway::cli {

namespace {

namespace json = boost::json;
using messages::errc;
using messages::failure;

json::value to_json(const messages::hcl::value& from) {
  using messages::hcl::kind;
  switch (from.is) {
    case kind::null:
      return nullptr;
    case kind::boolean:
      return from.boolean;
    case kind::integer:
      return from.integer;
    case kind::number:
      // Whole numbers of a JSON file are whole again.
      if (from.number == static_cast<double>(static_cast<std::int64_t>(from.number)))
        return static_cast<std::int64_t>(from.number);
      return from.number;
    case kind::text:
      return json::string(from.text);
    case kind::list: {
      if (from.blocks && from.items.size() == 1)
        return to_json(from.items.front());
      json::array out;
      for (const auto& each : from.items)
        out.push_back(to_json(each));
      return out;
    }
    case kind::object: {
      json::object out;
      for (const auto& each : from.members)
        out[each.name] = to_json(each.what);
      return out;
    }
  }
  return nullptr;
}

// The service and services of one file.
messages::result<std::vector<json::object>> services_of_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file)
    return failure{errc::io, fmt::format("open {}: no such file or directory", path)};
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const auto parsed =
      path.ends_with(".json") ? messages::hcl::parse_json(text) : messages::hcl::parse_hcl(text);
  if (!parsed)
    return failure{errc::bad_request,
                   fmt::format("failed to parse {}: {}", path, parsed.error().detail)};
  std::vector<json::object> found;
  const json::value whole = to_json(*parsed);
  for (const char* name : {"service", "services"}) {
    const json::value* part = whole.as_object().if_contains(name);
    if (part != nullptr && part->is_object())
      found.push_back(part->as_object());
    if (part == nullptr || !part->is_array())
      continue;
    for (const auto& each : part->as_array()) {
      if (each.is_object())
        found.push_back(each.as_object());
    }
  }
  return found;
}

messages::result<std::vector<json::object>> services_of_files(
    const std::vector<std::string>& paths) {
  std::vector<json::object> found;
  for (const auto& path : paths) {
    auto some = services_of_file(path);
    if (!some)
      return some;
    found.insert(found.end(), some->begin(), some->end());
  }
  return found;
}

// "lan=10.0.0.1:80" to {"address": "10.0.0.1", "port": 80}.
json::object tagged_addresses_of(const std::map<std::string, std::string>& given) {
  json::object out;
  for (const auto& [tag, address] : given) {
    const auto colon = address.rfind(':');
    json::object each;
    each["address"] = address.substr(0, colon);
    if (colon != std::string::npos)
      each["port"] = std::atoi(address.c_str() + colon + 1);
    out[tag] = each;
  }
  return out;
}

std::string name_of(const json::object& service) {
  const std::string name = text_at(service, "name");
  return name.empty() ? text_at(service, "Name") : name;
}

std::string id_of(const json::object& service) {
  for (const char* key : {"id", "ID"}) {
    if (auto id = text_at(service, key); !id.empty())
      return id;
  }
  return name_of(service);
}

struct service_flags {
  std::string id;
  std::string name;
  std::string address;
  std::int64_t port = 0;
  std::string kind;
  std::string socket;
  std::vector<std::string> tags;
  std::map<std::string, std::string> meta;
  std::map<std::string, std::string> tagged_addresses;

  json::object definition() const {
    json::object out{{"name", name},
                     {"address", address},
                     {"port", port},
                     {"socket_path", socket},
                     {"kind", kind}};
    if (!id.empty())
      out["id"] = id;
    json::array tag_list;
    for (const auto& tag : tags)
      tag_list.emplace_back(json::string(tag));
    out["tags"] = tag_list;
    json::object pairs;
    for (const auto& [key, value] : meta)
      pairs[key] = value;
    out["meta"] = pairs;
    out["tagged_addresses"] = tagged_addresses_of(tagged_addresses);
    return out;
  }
};

int register_services(const command& self, const std::vector<std::string>& args,
                      const terminal& with) {
  service_flags given;
  api_client client;
  messages::go_flags flags;
  flags.add("address", &given.address, "Address of the service.")
      .add("id", &given.id, "Id; the name if not given.")
      .add("kind", &given.kind, "Kind of the service.")
      .add("meta", &given.meta, "Metadata key=value; may be repeated.")
      .add("name", &given.name, "Name of the service.")
      .add("port", &given.port, "Port of the service.")
      .add("socket", &given.socket, "Unix socket of the service.")
      .add("tag", &given.tags, "Tag; may be repeated.")
      .add("tagged-address", &given.tagged_addresses, "tag=address:port; may be repeated.");
  client.add_flags(flags);
  if (const auto done = read_flags(self, flags, args, with))
    return *done;
  const bool from_files = !flags.rest().empty();
  if (from_files == !given.name.empty()) {
    with.err("Service registration requires at least one argument or flags.\n");
    return 1;
  }
  auto services = from_files ? services_of_files(flags.rest())
                             : messages::result<std::vector<json::object>>({given.definition()});
  if (!services)
    return failed_request(with, "Error", services.error());
  for (const auto& service : *services) {
    const auto answer =
        client.expect("PUT", "/v1/agent/service/register", {}, json::serialize(service));
    if (!answer)
      return failed_request(with, fmt::format("Error registering service \"{}\"", name_of(service)),
                            answer.error());
    with.out(fmt::format("Registered service: {}\n", name_of(service)));
  }
  return 0;
}

int deregister_services(const command& self, const std::vector<std::string>& args,
                        const terminal& with) {
  std::string id;
  api_client client;
  messages::go_flags flags;
  flags.add("id", &id, "Id of the service.");
  client.add_flags(flags);
  if (const auto done = read_flags(self, flags, args, with))
    return *done;
  if (flags.rest().empty() == id.empty()) {
    with.err("Service deregistration requires at least one argument or -id.\n");
    return 1;
  }
  std::vector<std::string> ids{id};
  if (id.empty()) {
    const auto services = services_of_files(flags.rest());
    if (!services)
      return failed_request(with, "Error", services.error());
    ids.clear();
    for (const auto& service : *services)
      ids.push_back(id_of(service));
  }
  for (const auto& each : ids) {
    const auto answer = client.expect("PUT", "/v1/agent/service/deregister/" + escape(each, false));
    if (!answer)
      return failed_request(with, fmt::format("Error deregistering service \"{}\"", each),
                            answer.error());
    with.out(fmt::format("Deregistered service: {}\n", each));
  }
  return 0;
}

}  // namespace

std::vector<command> services_commands() {
  return {
      {"services register", "Register services with the local agent",
       "Usage: consul services register [options] [FILE...]\n\n"
       "  Registers the services of files, or the one that flags describe.",
       register_services},
      {"services deregister", "Deregister services with the local agent",
       "Usage: consul services deregister [options] [FILE...]\n\n"
       "  Deregisters the services of files, or the one with -id.",
       deregister_services},
  };
}

}  // namespace troupe::gateway::cli
