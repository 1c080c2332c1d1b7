#include "actors/leader/leader_duties_actor.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include <caf/actor_clock.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <spdlog/spdlog.h>

#include "actors/leader/certificate_authority.hpp"
#include "actors/leader/member_reconcile.hpp"
#include "actors/leader/tombstone_timetable.hpp"
#include "actors/runtime/errors.hpp"

namespace troupe::actors {

namespace {

// Above limits::rpc_hold_timeout, after which a request without a leader is answered.
constexpr auto request_timeout = m::limits::rpc_hold_timeout + std::chrono::seconds{3};

// Members looked at side by side; the catalog answers each in well under a millisecond.
constexpr std::size_t members_under_way_max = 16;

class leader_duties_state {
 public:
  using pointer = leader_duties_actor::stateful_pointer<leader_duties_state>;
  using time_point = std::chrono::steady_clock::time_point;
  static constexpr const char* name = "leader_duties";

  explicit leader_duties_state(pointer self) : self_(self) {}

  leader_duties_actor::behavior_type start(leader_duties_settings settings,
                                           leader_duties_needs needs) {
    settings_ = std::move(settings);
    needs_ = std::move(needs);
    self_->send(needs_.raft_peer, m::SubscribeToLeadership{});
    if (needs_.pool)
      self_->send(needs_.pool, m::SubscribeToMembers{});
    return {
        // From the raft_peer.
        [this](const m::LeadershipChanged& change) { on_leadership(change); },
        // From the gossip_member.
        [this](const m::MemberEvent&) { on_member_event(); },
        // From its own timer.
        [this](const m::DutyTick&) { on_tick(); },
    };
  }

 private:
  struct duty {
    time_point due = time_point::max();
    std::chrono::nanoseconds backoff{0};
    bool under_way = false;
  };
  // Members being brought into the catalog.
  struct round {
    std::vector<m::Member> members;
    std::size_t next = 0;
    std::size_t under_way = 0;
    bool failed = false;
  };

  void on_leadership(const m::LeadershipChanged& change) {
    const bool same = change.is_leader() == leads_ && change.term() == term_;
    if (same)
      return;
    term_ = change.term();
    leads_ = change.is_leader();
    // Answers to what an earlier leadership asked no longer count.
    ++leadership_;
    timetable_ = {};
    const auto due = leads_ ? now() : time_point::max();
    members_ = tombstones_ = {.due = due};
    authority_ = {.due = settings_.connect_enabled ? due : time_point::max()};
    run_what_is_due();
  }

  void on_member_event() {
    members_changed_ = members_changed_ || members_.under_way;
    members_.due = now();
    run_what_is_due();
  }

  void on_tick() {
    // Of several ticks under way the last scheduled one is the earliest and counts.
    if (tick_at_ <= now())
      tick_at_ = time_point::max();
    run_what_is_due();
  }

  void run_what_is_due() {
    if (!leads_)
      return;
    if (begin(members_))
      reconcile_members();
    if (begin(authority_))
      ensure_authority();
    if (begin(tombstones_))
      look_at_tombstones();
    schedule_tick();
  }

  bool begin(duty& what) {
    if (what.under_way || what.due > now())
      return false;
    what.under_way = true;
    return true;
  }

  // `next`: when it is due again; max(): never under this leadership.
  void done(duty& what, time_point next) {
    what = {.due = next};
    run_what_is_due();
  }

  void failed(duty& what, const char* name_of_duty, const caf::error& why) {
    spdlog::warn("leader: {}: {}", name_of_duty, from_caf(why).detail);
    what.under_way = false;
    what.backoff = std::clamp(what.backoff * 2, settings_.retry_min, settings_.retry_max);
    what.due = now() + what.backoff;
    run_what_is_due();
  }

  // Asks, and goes on only under the leadership that asked.
  template <class Answer, class Target, class Request, class Then, class Otherwise>
  void ask(const Target& target, Request query, Then then, Otherwise otherwise) {
    self_->request(target, request_timeout, std::move(query))
        .then(
            [this, asked_in = leadership_, then](const Answer& answer) {
              if (asked_in == leadership_)
                then(answer);
            },
            [this, asked_in = leadership_, otherwise](const caf::error& why) {
              if (asked_in == leadership_)
                otherwise(why);
            });
  }

  template <class Then, class Otherwise>
  void propose(m::Command command, Then then, Otherwise otherwise) {
    m::Propose proposal;
    proposal.mutable_options()->set_datacenter(settings_.self.datacenter());
    *proposal.mutable_command() = std::move(command);
    ask<m::CommandResult>(
        needs_.router, std::move(proposal),
        [then, otherwise](const m::CommandResult& outcome) {
          if (outcome.error().empty())
            then(outcome);
          else
            otherwise(to_caf({m::errc::failed, outcome.error()}));
        },
        otherwise);
  }

  // -- members -----------------------------------------------------------------

  void reconcile_members() {
    ask<m::Members>(
        needs_.agent_self, m::MembersQuery{},
        [this](const m::Members& answer) {
          round_ = {.members = {answer.members().begin(), answer.members().end()}};
          add_forgotten();
        },
        [this](const caf::error& why) { failed(members_, "the members are not known", why); });
  }

  // Whoever has a serfHealth was a member. If the pool does not know it any more, it is as one that
  // left: also one that was forgotten while nobody led.
  void add_forgotten() {
    m::ChecksInStateQuery query;
    query.set_state("any");
    ask<m::HealthChecks>(
        needs_.router, std::move(query),
        [this](const m::HealthChecks& checks) {
          add_left_members(forgotten_members(round_.members, checks), round_.members);
          next_members();
        },
        [this](const caf::error& why) { failed(members_, "the catalog does not answer", why); });
  }

  static void add_left_members(const std::vector<std::string>& names,
                               std::vector<m::Member>& members) {
    for (const auto& each : names)
      members.push_back(left_member(each));
  }

  void next_members() {
    while (round_.next < round_.members.size() && round_.under_way < members_under_way_max) {
      ++round_.under_way;
      read_services(round_.members[round_.next++]);
    }
    if (round_.under_way > 0)
      return;
    if (round_.failed)
      failed(members_, "a member is not in the catalog as it should be", last_error_);
    else
      done(members_,
           std::exchange(members_changed_, false) ? now() : now() + settings_.reconcile_interval);
  }

  void member_ended() {
    --round_.under_way;
    next_members();
  }

  void member_failed(const caf::error& why) {
    round_.failed = true;
    last_error_ = why;
    member_ended();
  }

  void read_services(const m::Member& member) {
    m::NodeServicesQuery query;
    query.set_node(member.name());
    ask<m::NodeServices>(
        needs_.router, std::move(query),
        [this, member](const m::NodeServices& services) { read_checks(member, services); },
        [this](const caf::error& why) { member_failed(why); });
  }

  void read_checks(const m::Member& member, const m::NodeServices& services) {
    m::NodeChecksQuery query;
    query.set_node(member.name());
    ask<m::HealthChecks>(
        needs_.router, std::move(query),
        [this, member, services](const m::HealthChecks& checks) {
          bring_in_line(member, {services, checks});
        },
        [this](const caf::error& why) { member_failed(why); });
  }

  void bring_in_line(const m::Member& member, const member_rows& rows) {
    auto command = reconcile_member(member, rows, settings_.self);
    if (!command) {
      member_ended();
      return;
    }
    propose(
        *std::move(command), [this](const m::CommandResult&) { member_ended(); },
        [this](const caf::error& why) { member_failed(why); });
  }

  // -- the certificate authority --------------------------------------------------

  void ensure_authority() {
    ask<m::CaRoots>(
        needs_.router, m::CaRootsQuery{},
        [this](const m::CaRoots& roots) { make_authority_unless(!roots.active_root_id().empty()); },
        [this](const caf::error& why) {
          failed(authority_, "whether there is a certificate authority is not known", why);
        });
  }

  void make_authority_unless(bool there_is_one) {
    if (there_is_one) {
      done(authority_, time_point::max());
      return;
    }
    auto options = random_root_options(needs_.unix_now_s());
    if (!settings_.ca_cluster_id.empty())
      options.cluster_id = settings_.ca_cluster_id;
    auto root = make_root(options);
    if (!root) {
      failed(authority_, "no certificate authority", to_caf(root.error()));
      return;
    }
    m::Command command;
    *command.mutable_ca_root() = *std::move(root);
    propose(
        std::move(command),
        [this](const m::CommandResult&) { done(authority_, time_point::max()); },
        [this](const caf::error& why) { failed(authority_, "no certificate authority", why); });
  }

  // -- tombstones ------------------------------------------------------------------

  void look_at_tombstones() {
    ask<m::RaftStatus>(
        needs_.raft_peer, m::RaftStatusQuery{},
        [this](const m::RaftStatus& status) { reap_tombstones(status.applied_index()); },
        [this](const caf::error& why) {
          failed(tombstones_, "the applied index is not known", why);
        });
  }

  void reap_tombstones(std::uint64_t applied_index) {
    timetable_.note(applied_index, now());
    const auto up_to = timetable_.due(now());
    if (!up_to) {
      done(tombstones_, now() + settings_.tombstone_interval);
      return;
    }
    m::Command command;
    command.mutable_reap_tombstones()->set_up_to_index(*up_to);
    propose(
        std::move(command),
        [this](const m::CommandResult& outcome) {
          timetable_.on_reaped(outcome.index());
          done(tombstones_, now() + settings_.tombstone_interval);
        },
        // The next round covers what this one did not.
        [this](const caf::error& why) { failed(tombstones_, "tombstones stay", why); });
  }

  // -- time ----------------------------------------------------------------------

  time_point now() const { return self_->clock().now(); }

  void schedule_tick() {
    auto next = time_point::max();
    for (const auto* what : {&members_, &authority_, &tombstones_}) {
      if (!what->under_way)
        next = std::min(next, what->due);
    }
    if (next >= tick_at_)
      return;
    tick_at_ = next;
    const auto current = now();
    self_->delayed_send(self_, next > current ? next - current : std::chrono::nanoseconds{0},
                        m::DutyTick{});
  }

  pointer self_;
  leader_duties_settings settings_;
  leader_duties_needs needs_;
  bool leads_ = false;
  std::uint64_t term_ = 0;
  std::uint64_t leadership_ = 0;  // counts its changes
  bool members_changed_ = false;  // since the round under way asked who is there
  duty members_;
  duty authority_;
  duty tombstones_;
  round round_;
  caf::error last_error_;
  tombstone_timetable timetable_;
  time_point tick_at_ = time_point::max();
};

}  // namespace

leader_duties_actor spawn_leader_duties(caf::actor_system& system, leader_duties_settings settings,
                                        leader_duties_needs needs) {
  return system.spawn([settings = std::move(settings),
                       needs = std::move(needs)](leader_duties_state::pointer self) mutable {
    return self->state.start(std::move(settings), std::move(needs));
  });
}

}  // namespace troupe::actors
