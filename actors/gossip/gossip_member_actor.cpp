#include "actors/gossip/gossip_member_actor.hpp"

#include <algorithm>
#include <utility>

#include <caf/actor_system.hpp>
#include <caf/send.hpp>
#include <spdlog/spdlog.h>

#include "actors/gossip/gossip_member_messages.hpp"
#include "actors/gossip/serf/snapshot_file.hpp"
#include "actors/runtime/errors.hpp"
#include "messages/limits.hpp"

namespace troupe::actors {

namespace limits = messages::limits;
using gossip::exchange_number;
using gossip::gossip_sockets;
using messages::result;
using time_point = gossip::swim::time_point;

gossip_member::gossip_member(caf::actor_config& config, io_thread& home,
                             std::shared_ptr<parts> made)
    : io_actor(config, home),
      parts_(std::move(made)),
      metrics_(process_metrics(), parts_->settings.network) {}

gossip_member::~gossip_member() = default;

time_point gossip_member::now() const {
  return system().clock().now();
}

gossip_member::behavior_type gossip_member::make_behavior() {
  const auto& settings = parts_->settings;
  pool_ = std::make_unique<gossip::gossip_pool>(
      settings.pool, parts_->ring.get(), std::move(parts_->recovered), settings.random_seed, now());
  disk_ = std::make_unique<gossip::gossip_disk>(
      gossip::gossip_disk::paths{settings.snapshot_file, settings.key_file},
      [name = settings.log_name](const std::string& why) { spdlog::warn("{}: {}", name, why); });
  set_down_handler([this](const caf::down_msg& gone) {
    const auto is_gone = [&](const caf::strong_actor_ptr& each) {
      return each && each->address() == gone.source;
    };
    for (auto* whom : {&members_subscribers_, &event_subscribers_, &query_subscribers_})
      std::erase_if(*whom, is_gone);
  });
  start_sockets();
  auto targets = pool_->serf().rejoin_targets();
  std::reverse(targets.begin(), targets.end());
  rejoin(std::move(targets));
  carry_out();
  const auto subscribe = [this](std::set<caf::strong_actor_ptr>& whom) {
    if (whom.insert(current_sender()).second)
      monitor(current_sender());
  };
  return {
      [this](const m::MembersQuery&) { return gossip::to_message(pool_->serf().members()); },
      [this](const m::JoinPool& request) { return on_join(request); },
      [this](const m::ForceLeave& request) { return on_force_leave(request); },
      [this](const m::LeavePool&) { return on_leave(); },
      [this](const m::SetTags& request) { return on_set_tags(request); },
      [this](const m::KeyringRequest& request) { return on_keyring(request); },
      [this](const m::OwnCoordinateQuery&) { return own_coordinate(); },
      [this](const m::PoolCoordinatesQuery&) { return coordinates(); },
      [this](const m::PoolStatsQuery&) {
        return gossip::stats_of(*pool_, parts_->ring != nullptr);
      },
      [this](const m::FireUserEvent& event) { return on_fire(event); },
      [this](const m::PoolQuery& query) { return on_query(query); },
      [this](const m::AnswerQuestion& answer) {
        if (auto given = pool_->serf().answer({answer.ticket()}, answer.payload(), now()); !given)
          log_once_in_a_while("an answer is not sent: " + given.error().detail);
        carry_out();
      },
      [this, subscribe](const m::SubscribeToMembers&) {
        subscribe(members_subscribers_);
        m::MemberEvent all;
        all.set_kind(m::MemberEvent::JOINED);
        *all.mutable_members() =
            std::move(*gossip::to_message(pool_->serf().members()).mutable_members());
        tell({current_sender()}, all);
      },
      [this, subscribe](const m::SubscribeToUserEvents&) { subscribe(event_subscribers_); },
      [this, subscribe](const m::SubscribeToQueries&) { subscribe(query_subscribers_); },
  };
}

void gossip_member::on_exit() {
  flush_snapshot();
  for (const auto& reply : std::exchange(held_replies_, {}))
    reply(nullptr);
  parts_->sockets.reset();  // its callbacks name this actor
  pool_.reset();            // here, for others on this thread may share its directory
  disk_.reset();
}

// -- asked ---------------------------------------------------------------------------------

caf::result<m::Done> gossip_member::on_leave() {
  auto promise = make_response_promise<m::Done>();
  if (auto leaving = pool_->serf().leave(now()); !leaving && leaves_.empty()) {
    promise.deliver(m::Done());  // done already
    return promise;
  }
  leaves_.push_back(promise);
  leave_due_ = std::min(leave_due_, now() + limits::gossip_leave_timeout);
  carry_out();
  return promise;
}

caf::result<m::Done> gossip_member::on_force_leave(const m::ForceLeave& request) {
  pool_->serf().force_leave(request.node(), request.prune(), now());
  carry_out();
  return m::Done();
}

caf::result<m::Done> gossip_member::on_set_tags(const m::SetTags& request) {
  gossip::serf::tag_map tags(request.tags().begin(), request.tags().end());
  if (auto set = pool_->serf().set_tags(std::move(tags)); !set)
    return to_caf(set.error());
  carry_out();
  return m::Done();
}

caf::result<m::Done> gossip_member::on_fire(const m::FireUserEvent& event) {
  auto fired = pool_->serf().fire_event(event.name(), event.payload(), event.coalesce(), now());
  if (!fired)
    return to_caf(fired.error());
  carry_out();
  return m::Done();
}

caf::result<m::KeyringReply> gossip_member::on_keyring(const m::KeyringRequest& request) {
  auto wanted = gossip::from_message(request);
  if (!wanted)
    return to_caf(wanted.error());
  auto ticket = pool_->serf().ask_keyring(*wanted, now());
  if (!ticket)
    return to_caf(ticket.error());
  auto promise = make_response_promise<m::KeyringReply>();
  keyrings_.emplace(*ticket, promise);
  carry_out();
  return promise;
}

caf::result<m::PoolQueryResult> gossip_member::on_query(const m::PoolQuery& query) {
  auto ticket = pool_->serf().ask(gossip::from_message(query), now());
  if (!ticket)
    return to_caf(ticket.error());
  auto promise = make_response_promise<m::PoolQueryResult>();
  queries_.emplace(*ticket, running_query{{}, promise});
  carry_out();
  return promise;
}

m::CoordinateEntry gossip_member::own_coordinate() const {
  m::CoordinateEntry none;
  none.set_node(pool_->name());
  return parts_->settings.pool.serf.coordinates
             ? gossip::to_message(pool_->name(), pool_->serf().own_coordinate())
             : none;
}

m::PoolCoordinates gossip_member::coordinates() const {
  m::PoolCoordinates all;
  if (parts_->settings.pool.serf.coordinates)
    for (const auto& [name, place] : pool_->serf().coordinates())
      *all.add_coordinates() = gossip::to_message(name, place);
  return all;
}

// -- its own -------------------------------------------------------------------------------

void gossip_member::start_sockets() {
  parts_->sockets->start(
      {.on_datagram =
           [this](std::string_view bytes, const gossip::endpoint& from) {
             metrics_.received_bytes.add(static_cast<double>(bytes.size()));
             pool_->on_datagram(bytes, from, now());
           },
       .on_datagrams_end =
           [this] {
             pool_->handle_waiting(now());
             carry_out();
           },
       .on_request =
           [this](const gossip::wire::stream_reader& request, gossip_sockets::reply reply) {
             metrics_.streams_accepted.add();
             auto answer = pool_->on_request(request, now());
             if (answer.waits)
               held_replies_.push_back(std::move(reply));
             else
               reply(std::make_shared<const std::string>(std::move(answer.bytes)));
             carry_out();
           },
       .on_wake = [this] { on_wake(); }});
}

void gossip_member::on_wake() {
  armed_for_ = time_point::max();
  if (now() < next_deadline())
    arm();
  else
    on_tick();
}

void gossip_member::on_tick() {
  pool_->tick(now());
  metrics_.health_score.set(static_cast<double>(pool_->swim().health_score()));
  if (now() >= snapshot_due_)
    flush_snapshot();
  if (now() >= leave_due_) {
    leave_due_ = time_point::max();
    for (auto& each : std::exchange(leaves_, {}))
      each.deliver(m::Done());
  }
  carry_out();
}

void gossip_member::carry_out() {
  // A ping that could not be sent may have consequences at once; each ping but once.
  do {
    pool_->take_output(output_, now());
    dial();
    answer_held();
    tell_subscribers();
    count_members();
    finish_queries();
    write_files();
    log_warnings();
  } while (send_datagrams());
  arm();
}

// True if the pool was told that one is lost.
bool gossip_member::send_datagrams() {
  bool is_pool_told = false;
  for (const auto& each : output_.datagrams) {
    const auto bytes = output_.bytes_of(each);
    const auto outcome = parts_->sockets->send(each.to, bytes);
    if (outcome == gossip_sockets::sending::sent)
      metrics_.sent_bytes.add(static_cast<double>(bytes.size()));
    if (outcome == gossip_sockets::sending::sent || !each.ping)
      continue;
    is_pool_told = true;
    pool_->on_ping_not_sent(*each.ping, outcome == gossip_sockets::sending::refused_by_target,
                            now());
  }
  return is_pool_told;
}

void gossip_member::dial() {
  for (auto& each : output_.exchanges) {
    metrics_.streams_dialled.add();
    parts_->sockets->exchange(each.to, std::move(each.request), each.deadline,
                              [this, number = each.number](gossip_sockets::answer answer) {
                                result<void> outcome;
                                if (answer)
                                  outcome = pool_->on_answer(number, **answer, now());
                                else
                                  outcome = answer.error();
                                if (!answer)
                                  pool_->on_no_answer(number);
                                if (auto waiting = joins_.extract(number); !waiting.empty())
                                  waiting.mapped()(std::move(outcome));
                                else if (!outcome)
                                  spdlog::debug("{}: {}", parts_->settings.log_name,
                                                outcome.error().detail);
                                carry_out();
                              });
  }
}

void gossip_member::answer_held() {
  if (!output_.held_answer)
    return;
  const auto answer = std::make_shared<const std::string>(std::move(*output_.held_answer));
  for (const auto& reply : std::exchange(held_replies_, {}))
    reply(answer);
}

template <class Message>
void gossip_member::tell(const std::set<caf::strong_actor_ptr>& whom, const Message& what) {
  for (const auto& each : whom)
    if (each)
      caf::anon_send(caf::actor_cast<caf::actor>(each), what);
}

void gossip_member::tell_subscribers() {
  const auto& news = output_.serf;
  for (const auto& event : news.member_events)
    metrics_.count(event.kind);
  if (!members_subscribers_.empty())
    for (const auto& event : gossip::to_messages(news.member_events))
      tell(members_subscribers_, event);
  for (const auto& event : news.user_events) {
    metrics_.events.add();
    tell(event_subscribers_, gossip::to_message(event));
  }
  for (const auto& question : news.questions) {
    metrics_.queries.add();
    tell(query_subscribers_, gossip::to_message(question));
  }
}

void gossip_member::count_members() {
  if (output_.serf.member_events.empty())
    return;
  const auto stats = pool_->serf().stats();
  metrics_.set(stats);
  if (parts_->settings.member_count)
    *parts_->settings.member_count = stats.members - stats.left;
}

void gossip_member::finish_queries() {
  auto& news = output_.serf;
  for (auto& ack : news.acks)
    if (const auto found = queries_.find(ack.ticket); found != queries_.end())
      found->second.result.add_acks(std::move(ack.from));
  for (auto& response : news.responses)
    if (const auto found = queries_.find(response.ticket); found != queries_.end())
      (*found->second.result.mutable_responses())[response.from] = std::move(response.payload);
  for (const auto ticket : news.finished_queries)
    if (auto query = queries_.extract(ticket); !query.empty())
      query.mapped().promise.deliver(std::move(query.mapped().result));
  for (const auto& reply : news.keyring_replies)
    if (auto promise = keyrings_.extract(reply.ticket); !promise.empty())
      promise.mapped().deliver(gossip::to_message(reply));
  if (news.left)
    for (auto& each : std::exchange(leaves_, {}))
      each.deliver(m::Done());
  if (news.lost_own_name) {
    spdlog::error("{}: the pool knows another member by the name {}", parts_->settings.log_name,
                  pool_->name());
    // Not quit(): this may be a socket's turn, with no message after it that would notice.
    caf::anon_send_exit(this, caf::exit_reason::user_shutdown);
  }
}

void gossip_member::write_files() {
  auto& news = output_.serf;
  for (auto& file : news.key_files) {
    // The actor may be gone by the time the disk is done: the answer comes home by its address.
    const auto self = caf::actor_cast<caf::weak_actor_ptr>(this);
    auto& thread = home();
    disk_->write_keys(std::move(file.contents),
                      [this, self, &thread, number = file.number](const std::string& error) {
                        thread.post([this, self, number, error] {
                          const auto alive = self.lock();
                          if (!alive || !parts_->sockets)
                            return;
                          pool_->serf().on_key_file_written(number, error, now());
                          carry_out();
                        });
                      });
  }
  if (news.snapshot_rewrite) {
    snapshot_lines_.clear();
    disk_->rewrite_snapshot(std::move(*news.snapshot_rewrite));
  }
  snapshot_lines_ += news.snapshot_append;
  if (!snapshot_lines_.empty() && snapshot_due_ == time_point::max())
    snapshot_due_ = now() + limits::snapshot_flush_interval;
}

void gossip_member::flush_snapshot() {
  snapshot_due_ = time_point::max();
  if (!snapshot_lines_.empty() && disk_)
    disk_->append_snapshot(std::exchange(snapshot_lines_, {}));
}

void gossip_member::log_warnings() {
  for (const auto& text : output_.warnings)
    log_once_in_a_while(text);
  for (const auto& text : output_.serf.warnings)
    log_once_in_a_while(text);
}

// The pool says the same thing at every packet that brings it.
void gossip_member::log_once_in_a_while(const std::string& text) {
  const auto current = now();
  if (logged_.size() >= limits::gossip_log_texts_max)
    std::erase_if(logged_, [&](const auto& each) {
      return current - each.second >= limits::gossip_log_interval;
    });
  if (logged_.size() >= limits::gossip_log_texts_max)
    return;
  const auto [found, is_new] = logged_.try_emplace(text, current);
  if (!is_new && current - found->second < limits::gossip_log_interval)
    return;
  found->second = current;
  spdlog::warn("{}: {}", parts_->settings.log_name, text);
}

time_point gossip_member::next_deadline() const {
  return std::min({pool_->next_deadline(), snapshot_due_, leave_due_});
}

// A later deadline leaves the timer alone: one that comes too early arms the next.
void gossip_member::arm() {
  const auto due = next_deadline();
  if (due >= armed_for_)
    return;
  constexpr time_point::duration grain = limits::gossip_timer_grain;
  const auto grains = (due.time_since_epoch() + grain - time_point::duration{1}) / grain;
  armed_for_ = time_point{grains * grain};
  parts_->sockets->wake_at(armed_for_);
}

// -- starting ------------------------------------------------------------------------------

namespace {

result<void> open_ring(gossip_member::parts& made) {
  const auto& settings = made.settings;
  if (settings.keys.empty())
    return {};
  auto ring = gossip::keyring::make(settings.keys);
  if (!ring)
    return ring.error();
  made.ring = std::make_unique<gossip::keyring>(std::move(*ring));
  return {};
}

result<void> read_snapshot(gossip_member::parts& made) {
  const auto& settings = made.settings;
  if (settings.snapshot_file.empty())
    return {};
  auto text = gossip::serf::snapshot_file::read(settings.snapshot_file);
  if (!text)
    return text.error();
  made.recovered = gossip::serf::parse_snapshot(*text, settings.pool.serf.rejoin_after_leave);
  return {};
}

}  // namespace

result<gossip_member_actor> spawn_gossip_member(caf::actor_system& system, io_thread& home,
                                                gossip_member_settings settings) {
  auto made = std::make_shared<gossip_member::parts>();
  settings.pool.serf.keeps_key_file = !settings.key_file.empty();
  settings.pool.serf.keeps_snapshot = !settings.snapshot_file.empty();
  made->settings = std::move(settings);
  if (auto opened = open_ring(*made); !opened)
    return opened.error();
  if (auto read = read_snapshot(*made); !read)
    return read.error();
  auto& pool = made->settings.pool;
  auto sockets = gossip_sockets::open(
      home.context(), {made->settings.bind, pool.stream_timeout, pool.frames, made->ring.get()});
  if (!sockets)
    return sockets.error();
  made->sockets = std::move(*sockets);
  if (made->settings.bind.port == 0)
    pool.advertise.port = made->sockets->local().port;
  if (auto valid = gossip::validate(pool); !valid)
    return valid.error();
  return gossip_member_actor{system.spawn<gossip_member>(std::ref(home), std::move(made))};
}

}  // namespace troupe::actors
