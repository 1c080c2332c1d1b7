// A member of a pool as a process of its own, for tests: a line of JSON in, a line of JSON out;
// what happens in the pool comes as lines by itself. It has no server, no catalog and no HTTP.
#include <fstream>
#include <iostream>
#include <iterator>
#include <mutex>
#include <optional>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "actors/gossip/gossip_member_actor.hpp"
#include "actors/gossip/serf/key_operations.hpp"
#include "actors/runtime/errors.hpp"
#include "actors/runtime/outside.hpp"

namespace troupe {
namespace {

using actors::gossip_member_actor;
using google::protobuf::Struct;
using google::protobuf::Value;
namespace m = messages;

constexpr std::chrono::minutes patience{2};
constexpr int lan_serf_port = 7946;

void print(const Struct& line) {
  static std::mutex one_at_a_time;
  std::string text;
  if (!google::protobuf::util::MessageToJsonString(line, &text).ok())
    return;
  const std::lock_guard lock(one_at_a_time);
  std::cout << text << std::endl;
}

Value& field(Struct& line, const std::string& name) {
  return (*line.mutable_fields())[name];
}
std::string text_of(const Struct& line, const std::string& name) {
  const auto found = line.fields().find(name);
  return found == line.fields().end() ? std::string{} : found->second.string_value();
}
double number_of(const Struct& line, const std::string& name) {
  const auto found = line.fields().find(name);
  return found == line.fields().end() ? 0 : found->second.number_value();
}
std::vector<std::string> texts_of(const Struct& line, const std::string& name) {
  std::vector<std::string> all;
  if (const auto found = line.fields().find(name); found != line.fields().end())
    for (const auto& each : found->second.list_value().values())
      all.push_back(each.string_value());
  return all;
}
std::map<std::string, std::string> map_of(const Struct& line, const std::string& name) {
  std::map<std::string, std::string> all;
  if (const auto found = line.fields().find(name); found != line.fields().end())
    for (const auto& [key, value] : found->second.struct_value().fields())
      all[key] = value.string_value();
  return all;
}

const char* status_text(int status) {
  return actors::gossip::serf::to_text(static_cast<actors::gossip::serf::member_status>(status));
}

void show_members(const m::Members& all, Struct& line) {
  auto& list = *field(line, "members").mutable_list_value();
  for (const auto& each : all.members()) {
    auto& shown = *list.add_values()->mutable_struct_value();
    field(shown, "name").set_string_value(each.name());
    field(shown, "addr").set_string_value(each.addr() + ":" + std::to_string(each.port()));
    field(shown, "status").set_string_value(status_text(each.status()));
    auto& tags = *field(shown, "tags").mutable_struct_value();
    for (const auto& [name, value] : each.tags())
      field(tags, name).set_string_value(value);
  }
}

// Prints what happens; answers the query "echo" with this member's name and the payload.
caf::behavior listener(caf::event_based_actor* self, const gossip_member_actor& pool,
                       const std::string& name) {
  self->send(pool, m::SubscribeToMembers());
  self->send(pool, m::SubscribeToUserEvents());
  self->send(pool, m::SubscribeToQueries());
  return {
      [](const m::MemberEvent& event) {
        Struct line;
        field(line, "members-event").set_string_value(m::MemberEvent::Kind_Name(event.kind()));
        auto& names = *field(line, "names").mutable_list_value();
        for (const auto& each : event.members())
          names.add_values()->set_string_value(each.name());
        print(line);
      },
      [](const m::UserEvent& event) {
        Struct line;
        field(line, "event").set_string_value(event.name());
        field(line, "payload").set_string_value(event.payload());
        print(line);
      },
      [self, pool, name](const m::PoolQuestion& question) {
        if (question.name() != "echo")
          return;
        m::AnswerQuestion answer;
        answer.set_ticket(question.ticket());
        answer.set_payload(name + ":" + question.payload());
        self->send(pool, std::move(answer));
      },
  };
}

class prompt {
 public:
  prompt(caf::actor_system& system, gossip_member_actor pool)
      : asking_(system), pool_(std::move(pool)) {}

  // False: this was the last line.
  bool handle(const Struct& line) {
    Struct reply;
    field(reply, "reply").set_number_value(number_of(line, "number"));
    const bool goes_on = carry_out(text_of(line, "do"), line, reply);
    print(reply);
    return goes_on;
  }

 private:
  template <class Answer, class Request>
  std::optional<Answer> ask(Request request, Struct& reply) {
    std::optional<Answer> answered;
    asking_->request(pool_, patience, std::move(request))
        .receive([&](const Answer& answer) { answered = answer; },
                 [&](const caf::error& why) {
                   field(reply, "error").set_string_value(actors::from_caf(why).detail);
                 });
    return answered;
  }

  bool carry_out(const std::string& what, const Struct& line, Struct& reply) {
    if (what == "members") {
      if (const auto all = ask<m::Members>(m::MembersQuery(), reply))
        show_members(*all, reply);
    } else if (what == "join") {
      join(line, reply);
    } else if (what == "query") {
      query(line, reply);
    } else if (what == "keys") {
      keys(line, reply);
    } else if (what == "event") {
      m::FireUserEvent event;
      event.set_name(text_of(line, "name"));
      event.set_payload(text_of(line, "payload"));
      ask<m::Done>(event, reply);
    } else if (what == "tags") {
      m::SetTags tags;
      for (const auto& [name, value] : map_of(line, "tags"))
        (*tags.mutable_tags())[name] = value;
      ask<m::Done>(tags, reply);
    } else if (what == "force-leave") {
      m::ForceLeave leave;
      leave.set_node(text_of(line, "node"));
      ask<m::Done>(leave, reply);
    } else if (what == "leave") {
      ask<m::Done>(m::LeavePool(), reply);
      return false;
    } else {
      field(reply, "error").set_string_value("do what?");
    }
    return true;
  }

  void join(const Struct& line, Struct& reply) {
    m::JoinPool request;
    for (const auto& each : texts_of(line, "addresses"))
      request.add_addresses(each);
    const auto joined = ask<m::PoolJoined>(request, reply);
    if (!joined)
      return;
    field(reply, "joined").set_number_value(joined->joined());
    auto& errors = *field(reply, "errors").mutable_list_value();
    for (const auto& each : joined->errors())
      errors.add_values()->set_string_value(each);
  }

  void query(const Struct& line, Struct& reply) {
    m::PoolQuery query;
    query.set_name(text_of(line, "name"));
    query.set_payload(text_of(line, "payload"));
    for (const auto& each : texts_of(line, "nodes"))
      query.add_nodes(each);
    for (const auto& [tag, expression] : map_of(line, "tags"))
      (*query.mutable_tag_filters())[tag] = expression;
    query.set_want_acks(true);
    query.set_relay_factor(static_cast<std::uint32_t>(number_of(line, "relay")));
    const std::chrono::duration<double> time{number_of(line, "seconds_to_answer")};
    query.set_timeout_ns(std::chrono::duration_cast<std::chrono::nanoseconds>(time).count());
    const auto result = ask<m::PoolQueryResult>(query, reply);
    if (!result)
      return;
    auto& acks = *field(reply, "acks").mutable_list_value();
    for (const auto& each : result->acks())
      acks.add_values()->set_string_value(each);
    auto& responses = *field(reply, "responses").mutable_struct_value();
    for (const auto& [from, payload] : result->responses())
      field(responses, from).set_string_value(payload);
  }

  void keys(const Struct& line, Struct& reply) {
    static const std::map<std::string, m::KeyringRequest::Operation> operations{
        {"list", m::KeyringRequest::LIST},
        {"install", m::KeyringRequest::INSTALL},
        {"use", m::KeyringRequest::USE},
        {"remove", m::KeyringRequest::REMOVE}};
    m::KeyringRequest request;
    request.set_operation(operations.at(text_of(line, "operation")));
    request.set_key(text_of(line, "key"));
    const auto result = ask<m::KeyringReply>(request, reply);
    if (!result)
      return;
    if (result->num_errors() > 0 || result->num_responses() < result->num_nodes())
      field(reply, "error").set_string_value(result->ShortDebugString());
    auto& keys = *field(reply, "keys").mutable_struct_value();
    for (const auto& [key, members] : result->keys())
      field(keys, key).set_number_value(members);
  }

  caf::scoped_actor asking_;
  gossip_member_actor pool_;
};

// --name=value, several of them.
messages::result<actors::gossip_member_settings> parse(int count, char** arguments) {
  actors::gossip_member_settings made;
  made.pool.serf.reconnect_interval = std::chrono::seconds{5};
  made.bind.port = lan_serf_port;
  for (int i = 1; i < count; ++i) {
    const std::string argument = arguments[i];
    const auto equals = argument.find('=');
    const auto name = argument.substr(0, equals);
    const auto value = equals == std::string::npos ? std::string{} : argument.substr(equals + 1);
    if (name == "--node") {
      made.pool.serf.node_name = value;
    } else if (name == "--bind") {
      auto address = actors::gossip::ip_address::parse(value);
      if (!address)
        return address.error();
      made.bind.address = *address;
    } else if (name == "--port") {
      made.bind.port = static_cast<std::uint16_t>(std::stoi(value));
    } else if (name == "--tag") {
      made.pool.serf.tags[value.substr(0, value.find('='))] = value.substr(value.find('=') + 1);
    } else if (name == "--keyring") {
      made.key_file = value;
      std::ifstream file(value);
      auto keys = actors::gossip::serf::parse_key_file(
          std::string(std::istreambuf_iterator<char>(file), {}));
      if (!keys)
        return keys.error();
      made.keys = std::move(*keys);
    } else if (name == "--snapshot") {
      made.snapshot_file = value;
    } else if (name == "--rejoin") {
      made.pool.serf.rejoin_after_leave = true;
    } else {
      return messages::failure{messages::errc::bad_request, "what is " + name + "?"};
    }
  }
  made.pool.advertise = made.bind;
  made.random_seed = actors::random_seed();
  return made;
}

int run(actors::gossip_member_settings settings) {
  caf::actor_system_config config;
  config.set("scheduler.policy", caf::atom("sharing"));
  caf::actor_system system(config);
  actors::io_thread home(system);
  home.start();
  const auto name = settings.pool.serf.node_name;
  auto pool = actors::spawn_gossip_member(system, home, std::move(settings));
  if (!pool) {
    spdlog::error("{}", pool.error().detail);
    return 1;
  }
  auto hears = system.spawn(listener, *pool, name);
  {
    prompt here(system, *pool);
    std::string text;
    while (std::getline(std::cin, text)) {
      Struct line;
      if (!google::protobuf::util::JsonStringToMessage(text, &line).ok())
        spdlog::error("no JSON: {}", text);
      else if (!here.handle(line))
        break;
    }
  }
  caf::anon_send_exit(hears, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(*pool, caf::exit_reason::user_shutdown);
  system.await_all_actors_done();
  home.stop();
  return 0;
}

}  // namespace
}  // namespace troupe

int main(int count, char** arguments) {
  spdlog::set_default_logger(spdlog::stderr_logger_mt("node"));
  spdlog::set_level(spdlog::level::debug);
  auto settings = troupe::parse(count, arguments);
  if (!settings) {
    spdlog::error("{}", settings.error().detail);
    return 1;
  }
  return troupe::run(std::move(*settings));
}
