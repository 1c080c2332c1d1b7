#include "actors/link/peer_links_actor.hpp"

#include <algorithm>
#include <future>
#include <utility>

#include <caf/actor_cast.hpp>
#include <caf/actor_clock.hpp>
#include <caf/send.hpp>

#include "actors/link/greeting.hpp"
#include "actors/link/link_porter_actor.hpp"

namespace troupe::actors::link {

using messages::result;

namespace {

constexpr nanoseconds sweep_interval = std::chrono::milliseconds{250};
// By then CAF has forgotten a connection, and its descriptor may be used again.
constexpr nanoseconds grave_time = std::chrono::seconds{1};

}  // namespace

peer_links::peer_links(caf::actor_config& config, io_thread& home, peer_links_needs needs)
    : io_actor(config, home),
      needs_(std::move(needs)),
      random_(needs_.random_seed),
      bridge_(std::make_shared<basp_bridge>(system(), needs_.options.frames)) {
  needs_.own.set_protocol(link_protocol);
  needs_.own.set_process(to_string(system().node()));
}

peer_links::behavior_type peer_links::make_behavior() {
  set_exit_handler([this](const caf::exit_msg& why) { end(why.reason); });
  set_down_handler([this](const caf::down_msg&) {
    if (--children_ == 0 && closed_)
      quit(end_reason_);
  });
  return {
      [this](const m::KnownServers& known) { on_known_servers(known); },
      [this](const m::LinkStatusQuery&) { return statuses(); },
  };
}

result<std::optional<std::uint16_t>> peer_links::open() {
  const auto keep = caf::strong_actor_ptr(ctrl());
  make_porters();
  link_door_needs entrance;
  entrance.porters = porters_;
  entrance.raft_peer = needs_.raft_peer;
  entrance.on_hello = [this, keep](const m::LinkHello& greeting, const doors& theirs) {
    on_hello(greeting, theirs);
  };
  entrance.on_ping = [this, keep](const caf::node_id& node) { last_ping_[node] = now(); };
  door_ = system().spawn<link_door>(std::ref(home()), std::move(entrance));
  monitor(door_);
  ++children_;
  sweep_later();
  if (needs_.listen.address.empty())
    return std::optional<std::uint16_t>();
  listener_needs listening;
  listening.judge = [this](const m::LinkGreeting& greeting, const std::string& address) {
    return judge(greeting, address);
  };
  listening.on_connected = [this](connected made) { on_connected(std::move(made)); };
  listening.on_refused = [this] { ++inbound_refused_; };
  listening.greeting_timeout = needs_.options.greeting_timeout;
  listener_ = std::make_unique<listener>(home().context(), std::move(listening));
  auto port = listener_->open(needs_.listen);
  if (!port)
    return port.error();
  return std::optional(*port);
}

void peer_links::make_porters() {
  for (auto& one : std::exchange(needs_.routers, {})) {
    porters_.push_back(system().spawn<link_porter>(
        std::ref(*one.home), link_porter::targets{std::move(one.router), needs_.raft_peer}));
    monitor(porters_.back());
    ++children_;
  }
}

// Ends once its links, porters and its door have ended: their threads may stop after that.
void peer_links::end(const caf::error& why) {
  if (std::exchange(closed_, true))
    return;
  end_reason_ = why;
  listener_.reset();
  needs_.directory->replace({});
  for (auto& [id, one] : links_)
    end_link(one);
  links_.clear();
  for (auto& one : inbound_)
    bridge_->drop(one.connection);
  inbound_.clear();
  send_exit(door_, why);
  door_ = nullptr;
  for (const auto& porter : std::exchange(porters_, {}))
    send_exit(porter, why);
}

void peer_links::end_link(const linked& one) {
  one.direct->close();
  send_exit(one.link, caf::exit_reason::user_shutdown);
  send_exit(one.raft_front, caf::exit_reason::user_shutdown);
}

void peer_links::on_exit() {
  graves_.clear();
  needs_.raft_peer = nullptr;
  needs_.directory = nullptr;
}

// -- which servers there are ---------------------------------------------------------------

void peer_links::on_known_servers(const m::KnownServers& known) {
  if (closed_)
    return;
  known_[known.source()] = known;
  update_links();
}

void peer_links::update_links() {
  std::map<messages::server_id, m::KnownServer> wanted;
  for (const auto& [source, known] : known_)
    for (const auto& server : known.servers())
      if (server.id() != needs_.own.node_id() &&
          wanted.size() < messages::limits::link_known_servers_max)
        wanted.try_emplace({server.id()}, server);
  std::erase_if(links_, [&](const auto& one) {
    if (wanted.contains(one.first))
      return false;
    end_link(one.second);
    return true;
  });
  server_links shown;
  for (const auto& [id, server] : wanted) {
    auto [found, added] = links_.try_emplace(id);
    if (added)
      found->second = make_link(server);
    found->second.direct->move_to(server);
    shown[id] = {server, caf::actor_cast<router_actor>(found->second.link),
                 found->second.raft_front};
  }
  needs_.directory->replace(std::move(shown));
}

peer_links::linked peer_links::make_link(const m::KnownServer& server) {
  peer_link_needs link;
  link.options = needs_.options;
  link.server = server;
  link.own = needs_.own;
  link.own_address = needs_.dial_from;
  link.own_doors = {caf::actor_cast<caf::strong_actor_ptr>(door_),
                    caf::actor_cast<caf::strong_actor_ptr>(needs_.raft_peer)};
  link.host = this;
  link.bridge = bridge_;
  link.random_seed = random_();
  const caf::actor actor = system().spawn<peer_link>(std::ref(home()), std::move(link));
  linked made;
  made.link = actor;
  made.direct = static_cast<peer_link*>(caf::actor_cast<caf::abstract_actor*>(actor));
  made.raft_front = caf::actor_cast<raft_peer_actor>(spawn_raft_front(system(), actor));
  made.server = server;
  monitor(made.link);
  monitor(made.raft_front);
  children_ += 2;
  return made;
}

m::LinkStatuses peer_links::statuses() const {
  m::LinkStatuses all;
  for (const auto& [id, one] : links_)
    *all.add_links() = one.direct->status();
  all.set_inbound(inbound_.size());
  all.set_inbound_accepted(inbound_accepted_);
  all.set_inbound_refused(inbound_refused_);
  return all;
}

// -- connections of other nodes -----------------------------------------------------------

m::LinkVerdict peer_links::judge(const m::LinkGreeting& greeting, const std::string& address) {
  m::LinkVerdict verdict;
  *verdict.mutable_from() = needs_.own;
  const auto from_there = static_cast<std::size_t>(
      std::ranges::count_if(inbound_, [&](const inbound& one) { return one.address == address; }));
  const auto found = links_.find({greeting.node_id()});
  if (closed_)
    verdict.set_reason("this node is about to end");
  else if (greeting.node_id() == needs_.own.node_id())
    verdict.set_reason("this node has the same id");
  else if (inbound_.size() >= needs_.options.inbound_max ||
           from_there >= needs_.options.inbound_per_address_max)
    verdict.set_reason("too many connections");
  else if (found != links_.end() && found->second.direct->is_connecting() &&
           needs_.own.node_id() < greeting.node_id())
    verdict.set_redundant(true);
  else
    verdict.set_accepted(true);
  return verdict;
}

// The other node connects only if it believes to have no connection with this one: what we have of
// the same process is dead, or about to be given up by it.
void peer_links::on_connected(connected&& made) {
  if (closed_)
    return;
  for (auto one = inbound_.begin(); one != inbound_.end();) {
    const auto next = std::next(one);
    if (one->peer.process() == made.peer.process())
      drop(one);
    one = next;
  }
  const auto connection = bridge_->take(std::move(made.stream));
  ++inbound_accepted_;
  inbound_.push_back({connection, made.peer, made.peer_address, now(), {}});
  if (const auto found = links_.find({made.peer.node_id()}); found != links_.end())
    found->second.direct->yield_to_peer();
  bridge_->publish(connection, caf::actor_cast<caf::strong_actor_ptr>(door_));
}

void peer_links::on_hello(const m::LinkHello& greeting, const doors& theirs) {
  if (closed_)
    return;
  last_ping_[theirs.router->node()] = now();
  const auto found = std::ranges::find_if(inbound_, [&](const inbound& one) {
    return one.peer.process() == greeting.from().process();
  });
  if (found == inbound_.end() || to_string(theirs.router->node()) != found->peer.process())
    return;
  found->theirs = theirs;
  if (const auto link = links_.find({found->peer.node_id()}); link != links_.end())
    link->second.direct->adopt({found->connection, theirs});
}

std::optional<peer_session> peer_links::session_from(const std::string& node_id) {
  for (const auto& one : inbound_)
    if (one.peer.node_id() == node_id && one.theirs.router && !one.connection.has_ended())
      return peer_session{one.connection, one.theirs};
  return std::nullopt;
}

bool peer_links::is_being_connected_by(const std::string& node_id) {
  return std::ranges::any_of(inbound_, [&](const inbound& one) {
    return one.peer.node_id() == node_id && !one.theirs.router && !one.connection.has_ended();
  });
}

bool peer_links::is_pinged_by(const caf::node_id& node) {
  const auto found = last_ping_.find(node);
  return found != last_ping_.end() && now() - found->second < 4 * needs_.options.core.ping_interval;
}

void peer_links::bury(basp_connection ended) {
  graves_.push_back({std::move(ended), now()});
}

// -- time -----------------------------------------------------------------------------------

time_point peer_links::now() const {
  return const_cast<peer_links*>(this)->clock().now();
}

void peer_links::drop(std::list<inbound>::iterator one) {
  bridge_->drop(one->connection);
  bury(std::move(one->connection));
  inbound_.erase(one);
}

void peer_links::sweep() {
  const auto at = now();
  for (auto one = inbound_.begin(); one != inbound_.end();) {
    const auto next = std::next(one);
    const auto heard =
        one->theirs.router ? last_ping_.find(one->theirs.router->node()) : last_ping_.end();
    const bool silent = heard == last_ping_.end()
                            ? at - one->since > needs_.options.greeting_timeout
                            : at - heard->second > needs_.options.inbound_silence_max;
    if (silent || one->connection.has_ended())
      drop(one);
    one = next;
  }
  std::erase_if(last_ping_, [&](const auto& one) {
    return at - one.second > 2 * needs_.options.inbound_silence_max;
  });
  std::erase_if(graves_, [&](const grave& one) { return at - one.since > grave_time; });
}

void peer_links::sweep_later() {
  home().post_after(sweep_interval, [this, keep = caf::strong_actor_ptr(ctrl())] {
    if (closed_)
      return;
    sweep();
    sweep_later();
  });
}

result<node_links> spawn_peer_links(caf::actor_system& system, io_thread& home,
                                    peer_links_needs needs) {
  node_links made;
  made.actor = system.spawn<peer_links>(std::ref(home), std::move(needs));
  auto* direct = static_cast<peer_links*>(caf::actor_cast<caf::abstract_actor*>(made.actor));
  // The listener's state belongs to the thread.
  std::promise<result<std::optional<std::uint16_t>>> opened;
  home.post([&] { opened.set_value(direct->open()); });
  auto port = opened.get_future().get();
  if (!port) {
    caf::anon_send_exit(made.actor, caf::exit_reason::user_shutdown);
    return port.error();
  }
  made.port = *port;
  return made;
}

}  // namespace troupe::actors::link
