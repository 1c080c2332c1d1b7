#include "gateway/dns/dns_actor.hpp"

#include <utility>

#include <caf/send.hpp>

#include "actors/runtime/errors.hpp"
#include "actors/runtime/outside.hpp"
#include "gateway/dns/names.hpp"
#include "gateway/dns/pointer_search.hpp"
#include "gateway/dns/wire_message.hpp"
#include "messages/ensure.hpp"
#include "messages/limits.hpp"

namespace troupe::gateway::dns {

namespace limits = messages::limits;
namespace m = messages;
using namespace std::chrono_literals;

namespace {

constexpr auto tick_interval = 1s;
constexpr std::uint64_t stale_after_ms = 5000;  // then an answer is counted as stale
constexpr const char* servers_service = "consul";

std::string lower(std::string text) {
  for (char& c : text)
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

void append_lower(std::string& to, std::string_view text) {
  for (const char c : text)
    to += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// What the rows of this question are kept under: all that ask() looks at.
void write_key(std::string& key, wanted what, const asked_name& asked,
               const named_address& client) {
  key.clear();
  key += static_cast<char>(what);
  key += static_cast<char>(asked.kind);
  if (what == wanted::pointers)
    key.append(reinterpret_cast<const char*>(asked.address.bytes.data()), asked.address.length);
  if (what == wanted::nameservers || what == wanted::pointers)
    return;
  // A prepared query may order what it gives by who asks.
  if (what == wanted::query) {
    key += static_cast<char>(client.length);
    key.append(reinterpret_cast<const char*>(client.bytes.data()), client.length);
  }
  for (const auto& part : {asked.name, asked.tag, asked.datacenter, asked.peer}) {
    // With its length, for a label may have any byte in it.
    key += static_cast<char>(part.size());
    append_lower(key, part);
  }
}

m::ServiceSelection::By selected_by(asked_kind kind) {
  if (kind == asked_kind::connect || kind == asked_kind::virtual_ip)
    return m::ServiceSelection::CONNECT;
  return kind == asked_kind::ingress ? m::ServiceSelection::INGRESS : m::ServiceSelection::NAME;
}

actors::metric_name metric(const char* path, const dns_settings& settings) {
  return {.path = path, .labels = {{"node", settings.node_name}}};
}

bool is_unknown_place(const m::failure& why) {
  return why.code == m::errc::not_found || why.detail == "No path to datacenter";
}

}  // namespace

dns_lane::dns_lane(caf::actor_config& config, actors::io_thread& home, dns_settings settings,
                   dns_needs needs)
    : io_actor(config, home),
      settings_(std::move(settings)),
      needs_(std::move(needs)),
      random_(needs_.random_seed),
      recursing_(limits::dns_recursions_per_client_s, limits::dns_recursions_per_client_burst),
      domain_queries_(needs_.metrics->sample(metric("dns.domain_query", settings_),
                                             "How long questions for names take, in ms.")),
      pointer_queries_(needs_.metrics->sample(metric("dns.ptr_query", settings_),
                                              "How long questions for addresses take, in ms.")),
      stale_answers_(needs_.metrics->counter(
          metric("dns.stale_queries", settings_),
          "Look-ups answered by a server that had not heard of the leader for 5 s.")),
      late_(limits::dns_message_bytes_max) {
  for (const auto& each : settings_.domains)
    domains_.emplace_back(each.labels.begin(), each.labels.end());
  if (settings_.recurses())
    recursion_ = std::make_unique<recursion>(home.context(), settings_, actors::random_seed());
}

dns_lane::behavior_type dns_lane::make_behavior() {
  tick_later();
  return {
      // From itself.
      [this](const m::DnsTick&) { on_tick(); },
  };
}

void dns_lane::on_exit() {
  recursion_.reset();
  searches_.clear();
  waiting_ = 0;
  needs_.router = nullptr;
  needs_.cache = nullptr;
}

// -- answering -----------------------------------------------------------------------

handled dns_lane::answer(packet_view packet, const asker& who, std::span<std::uint8_t> out,
                         std::size_t& bytes) {
  const auto outcome = read_question(packet, question_);
  if (outcome == verdict::silence || !needs_.router)
    return handled::ignored;
  if (outcome != verdict::answer) {
    static constexpr reply_code codes[] = {reply_code::ok,           reply_code::ok,
                                           reply_code::format_error, reply_code::not_implemented,
                                           reply_code::refused,      reply_code::bad_version};
    bytes = reply_code_only(codes[static_cast<std::size_t>(outcome)], who, out);
    return handled::replied;
  }
  asked_ = read_asked_name(question_.labels(), domains_);
  const auto what = what_is_wanted(question_, asked_);
  if (what == wanted::nothing)
    return reply_from({}, who, out, bytes);
  if (what == wanted::recursion)
    return recurse(packet, who, out, bytes);
  return look_up(what, packet, who, out, bytes);
}

std::size_t dns_lane::write(const asker& who, std::span<std::uint8_t> out) {
  const auto limits = limits_for(question_, who.over_tcp, settings_);
  return write_reply(question_, reply_, limits, settings_, out);
}

std::size_t dns_lane::reply_code_only(reply_code code, const asker& who,
                                      std::span<std::uint8_t> out) {
  reply_.clear();
  reply_.code = code;
  return write(who, out);
}

handled dns_lane::reply_from(const findings& found, const asker& who, std::span<std::uint8_t> out,
                             std::size_t& bytes) {
  const answer_needs needs{.settings = settings_, .random = random_, .unix_time_s = unix_time_s_};
  build_answer(question_, asked_, found, needs, reply_);
  bytes = write(who, out);
  return bytes > 0 ? handled::replied : handled::ignored;
}

handled dns_lane::recurse(packet_view packet, const asker& who, std::span<std::uint8_t> out,
                          std::size_t& bytes) {
  const bool is_ours_after_all = asked_.kind == asked_kind::reverse && !recursion_;
  if (is_ours_after_all)
    return reply_from({}, who, out, bytes);
  const bool may = recursion_ && recursing_.take(who.from.ip(), now());
  const bool passed_on = may && recursion_->ask(packet, who.over_tcp,
                                                [this, asked = kept_question(packet, who)](
                                                    const std::vector<std::uint8_t>& answer) {
                                                  on_recursed(asked, answer);
                                                });
  if (passed_on)
    return handled::later;
  const auto code = may ? reply_code::server_failure : reply_code::refused;
  bytes = reply_code_only(code, who, out);
  return handled::replied;
}

dns_lane::waiting_question dns_lane::kept_question(packet_view packet, const asker& who) {
  return {.packet = {packet.begin(), packet.end()},
          .from = who.from,
          .path = who.path.shared_from_this(),
          .over_tcp = who.over_tcp};
}

void dns_lane::on_recursed(const waiting_question& asked, const std::vector<std::uint8_t>& answer) {
  m::ensure(read_question(asked.packet, question_) == verdict::answer);
  const auto limits = limits_for(question_, asked.over_tcp, settings_);
  if (!answer.empty() && answer.size() <= limits.bytes_max)
    return asked.path->send(asked.from, answer);
  const asker who{*asked.path, asked.from, asked.over_tcp};
  const auto code = answer.empty() ? reply_code::server_failure : reply_code::ok;
  const auto bytes = reply_code_only(code, who, late_);
  // Too long for the client's datagrams: it is to ask by TCP.
  if (!answer.empty())
    late_[2] |= static_cast<std::uint8_t>(flag_truncated >> 8);
  asked.path->send(asked.from, {late_.data(), bytes});
}

// -- asking ----------------------------------------------------------------------------

handled dns_lane::look_up(wanted what, packet_view packet, const asker& who,
                          std::span<std::uint8_t> out, std::size_t& bytes) {
  const auto began = now();
  client_ = question_.edns.subnet_address();
  if (client_.length == 0)
    client_ = who.from.ip();
  write_key(key_, what, asked_, client_);
  if (const auto* rows = kept_.find(key_, began)) {
    const auto outcome = reply_from(*rows, who, out, bytes);
    count(began);
    return outcome;
  }
  const bool is_too_much =
      waiting_ >= limits::dns_questions_waiting_max ||
      (what == wanted::pointers && pointer_searches_ >= limits::dns_pointer_searches_max &&
       !searches_.contains(key_));
  if (is_too_much) {
    bytes = reply_code_only(reply_code::server_failure, who, out);
    return handled::replied;
  }
  ++waiting_;
  auto& search = searches_[key_];
  search.questions.push_back(kept_question(packet, who));
  if (search.questions.size() == 1) {
    search.began = began;
    ask(what, key_);
  }
  return handled::later;
}

template <class Query>
Query dns_lane::read_query() const {
  Query query;
  auto& options = *query.mutable_options();
  options.set_token(settings_.token);
  options.set_datacenter(lower(asked_.datacenter));
  if (settings_.allow_stale) {
    options.set_consistency(m::STALE);
    options.set_max_stale_ms(settings_.max_stale.count());
  }
  return query;
}

template <class Target, class Query, class Digest>
void dns_lane::ask_for_rows(const Target& asked, Query query, const std::string& key,
                            Digest digest) {
  request(asked, caf::infinite, std::move(query))
      .then(
          [this, key, digest](const typename Digest::reply& reply) {
            if (reply.meta().last_contact_ms() > stale_after_ms)
              stale_answers_.add();
            m::result<findings> rows = digest(reply);
            if (!rows)
              return not_found(key, rows.error());
            resolve_hosts(key, *std::move(rows));
          },
          [this, key](const caf::error& why) { not_found(key, actors::from_caf(why)); });
}

namespace {

struct digest_instances {
  using reply = m::ServiceHealth;
  bool only_passing;
  findings operator()(const reply& rows) const { return found_instances(rows, only_passing); }
};

struct digest_virtual {
  using reply = m::ServiceHealth;
  findings operator()(const reply& rows) const { return found_virtual(rows); }
};

struct digest_nameservers {
  using reply = m::ServiceHealth;
  findings operator()(const reply& rows) const { return found_nameservers(rows); }
};

struct digest_node {
  using reply = m::NodeServices;
  findings operator()(const reply& rows) const { return found_node(rows); }
};

struct digest_query {
  using reply = m::PreparedQueryResult;
  // There is such a query, but it cannot be asked: that is not the same as no such name.
  m::result<findings> operator()(const reply& rows) const {
    if (!rows.refused().empty())
      return m::failure{m::errc::failed, rows.refused()};
    return found_by_query(rows);
  }
};

}  // namespace

void dns_lane::ask(wanted what, const std::string& key) {
  if (what == wanted::node) {
    auto query = read_query<m::NodeServicesQuery>();
    query.set_node(asked_.name);
    return ask_for_rows(needs_.router, std::move(query), key, digest_node{});
  }
  if (what == wanted::pointers) {
    auto search = std::make_shared<pointer_search<dns_lane>>(
        *this, needs_.router, read_query<m::NodesQuery>().options(), asked_.address);
    ++pointer_searches_;
    return search->run([this, key](m::result<findings> rows) {
      --pointer_searches_;
      if (rows)
        found(key, std::make_shared<const findings>(*std::move(rows)));
      else
        not_found(key, rows.error());
    });
  }
  if (what == wanted::nameservers) {
    auto query = read_query<m::ServiceHealthQuery>();
    query.mutable_selection()->set_service(servers_service);
    query.mutable_options()->clear_datacenter();
    return ask_for_rows(needs_.router, std::move(query), key, digest_nameservers{});
  }
  if (what == wanted::query) {
    auto query = read_query<m::PreparedQueryExecute>();
    query.set_id_or_name(asked_.name);
    query.set_agent_node(settings_.node_name);
    query.set_source_address(address_text(client_));
    return ask_for_rows(needs_.router, std::move(query), key, digest_query{});
  }
  ask_for_instances(key);
}

void dns_lane::ask_for_instances(const std::string& key) {
  auto query = read_query<m::ServiceHealthQuery>();
  auto& selection = *query.mutable_selection();
  selection.set_service(asked_.name);
  selection.set_by(selected_by(asked_.kind));
  selection.set_peer(asked_.peer);
  if (!asked_.tag.empty())
    selection.add_tags(asked_.tag);
  if (asked_.kind == asked_kind::virtual_ip)
    ask_by_cache(std::move(query), key, digest_virtual{});
  else
    ask_by_cache(std::move(query), key, digest_instances{settings_.only_passing});
}

template <class Query, class Digest>
void dns_lane::ask_by_cache(Query query, const std::string& key, Digest digest) {
  if (!settings_.use_cache || !needs_.cache)
    return ask_for_rows(needs_.router, std::move(query), key, digest);
  query.mutable_options()->mutable_cache()->set_use(true);
  query.mutable_options()->mutable_cache()->set_max_age_s(settings_.cache_age_max.count());
  ask_for_rows(needs_.cache, std::move(query), key, digest);
}

// A host's name is an address only to recursors, so they are asked before anything is answered.
void dns_lane::resolve_hosts(const std::string& key, findings rows) {
  const auto shared = std::make_shared<findings>(std::move(rows));
  const auto left = std::make_shared<std::size_t>(1);
  const auto finish = [this, key, shared, left] {
    if (--*left == 0)
      found(key, shared);
  };
  for (auto& each : shared->instances) {
    if (!recursion_ || each.host.empty() || *left > limits::dns_hosts_resolved_max)
      continue;
    const auto question = make_question(each.host, record_type::a);
    if (!question)
      continue;
    ++*left;
    const bool asked = recursion_->ask(
        *question, false, [shared, &each, finish](const std::vector<std::uint8_t>& answer) {
          each.host_addresses = addresses_in(answer, record_type::a);
          finish();
        });
    if (!asked)
      finish();
  }
  finish();
}

void dns_lane::found(const std::string& key, std::shared_ptr<const findings> rows) {
  auto ended = searches_.extract(key);
  if (ended.empty())
    return;
  const auto& questions = ended.mapped().questions;
  waiting_ -= questions.size();
  // What is not there may be there the next moment: that is asked again. So is a prepared query,
  // which gives its instances in another order each time.
  if ((!rows->of_query && !rows->instances.empty()) || !rows->pointers.empty())
    kept_.keep(key, rows, ended.mapped().began);
  for (const auto& each : questions) {
    const asker who{*each.path, each.from, each.over_tcp};
    m::ensure(read_question(each.packet, question_) == verdict::answer);
    asked_ = read_asked_name(question_.labels(), domains_);
    std::size_t bytes = 0;
    const bool is_others =
        asked_.kind == asked_kind::reverse && rows->pointers.empty() && recursion_;
    const auto outcome =
        is_others ? recurse(each.packet, who, late_, bytes) : reply_from(*rows, who, late_, bytes);
    if (outcome != handled::later)
      each.path->send(each.from, {late_.data(), bytes});
    count(ended.mapped().began);
  }
}

void dns_lane::not_found(const std::string& key, const m::failure& why) {
  if (is_unknown_place(why))
    return found(key, std::make_shared<const findings>());
  auto ended = searches_.extract(key);
  if (ended.empty())
    return;
  waiting_ -= ended.mapped().questions.size();
  for (const auto& each : ended.mapped().questions) {
    const asker who{*each.path, each.from, each.over_tcp};
    m::ensure(read_question(each.packet, question_) == verdict::answer);
    each.path->send(each.from,
                    {late_.data(), reply_code_only(reply_code::server_failure, who, late_)});
  }
}

void dns_lane::count(time_point began) {
  auto& times = asked_.kind == asked_kind::reverse ? pointer_queries_ : domain_queries_;
  times.add(now() - began);
}

// -- time ------------------------------------------------------------------------------

// By the io_thread's timer, which ends with the thread.
void dns_lane::tick_later() {
  home().post_after(tick_interval, [self = caf::actor_cast<actors::dns_actor>(this)] {
    caf::anon_send(self, m::DnsTick{});
  });
}

void dns_lane::on_tick() {
  const auto at = now();
  unix_time_s_ = unix_time_s();
  kept_.sweep(at);
  std::vector<std::string> late;
  for (const auto& [key, search] : searches_)
    if (at - search.began > limits::dns_answer_timeout)
      late.push_back(key);
  for (const auto& key : late)
    not_found(key, {m::errc::timed_out, "nobody answered in time"});
  tick_later();
}

std::uint32_t dns_lane::unix_time_s() {
  return static_cast<std::uint32_t>(actors::unix_now_ns() / 1'000'000'000);
}

spawned_dns spawn_dns(caf::actor_system& system, actors::io_thread& home, dns_settings settings,
                      dns_needs needs) {
  auto handle = system.spawn<dns_lane>(std::ref(home), std::move(settings), std::move(needs));
  auto* actor = static_cast<dns_lane*>(caf::actor_cast<caf::abstract_actor*>(handle));
  return {handle, std::shared_ptr<dns_entry>(actor, [handle](dns_entry*) {})};
}

}  // namespace troupe::gateway::dns
