// What one member of a large pool costs when nothing happens:
//
//   gossip_idle [MEMBERS] [SECONDS]     1000 members, 20 seconds
//
// The member is a real one, an actor with its sockets in a process of its own. The others are one
// socket: loopback is a network of 16 million addresses, and whoever listens on all of them is a
// crowd. The crowd answers pings and push/pulls and, as a pool does, pings the member once an
// interval. It measures nothing of how the others would fare: see gossip_live for that.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <variant>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/send.hpp>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "actors/gossip/gossip_member_actor.hpp"
#include "actors/gossip/wire/packet_reader.hpp"
#include "actors/gossip/wire/packet_writer.hpp"
#include "actors/gossip/wire/push_pull.hpp"
#include "bench/child_process.hpp"
#include "messages/ensure.hpp"

namespace troupe::bench {
namespace {

namespace gossip = actors::gossip;
namespace wire = actors::gossip::wire;
using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

// The member hears of all at once, tells each of them on its number of times, and is quiet then.
constexpr auto settle_time = 150s;
const gossip::serf::tag_map agent_tags = {
    {"role", "node"}, {"dc", "dc1"}, {"segment", ""},  {"build", "1.22.7:"},
    {"vsn_min", "2"}, {"vsn", "2"},  {"vsn_max", "3"}, {"id", std::string(36, 'd')}};

gossip::endpoint at(const std::string& address, int port) {
  const auto parsed = gossip::ip_address::parse(address);
  messages::ensure(parsed.has_value());
  return {*parsed, static_cast<std::uint16_t>(port)};
}

// -- the member ----------------------------------------------------------------

void be_the_member(int port, int crowd_port) {
  caf::actor_system_config settings;
  settings.set("scheduler.policy", caf::atom("sharing"));
  settings.set("scheduler.max-threads", std::size_t{2});  // as an agent here has
  caf::actor_system system(settings);
  actors::io_thread home(system);
  actors::gossip_member_settings made;
  made.pool.serf = gossip::serf::consul_lan();
  made.pool.serf.node_name = "measured";
  made.pool.serf.tags = agent_tags;
  made.pool.swim = gossip::swim::swim_settings::lan();
  made.bind = made.pool.advertise = at("127.0.0.1", port);
  made.log_name = "measured";
  auto member = actors::spawn_gossip_member(system, home, std::move(made));
  messages::ensure(member.has_value());
  home.start();
  messages::JoinPool join;
  join.add_addresses("127.1.0.1:" + std::to_string(crowd_port));
  caf::anon_send(*member, std::move(join));
  for (;;)
    pause();  // until it is killed
}

// -- everybody else --------------------------------------------------------------

class crowd {
 public:
  crowd(boost::asio::io_context& io, int members, int port, gossip::endpoint measured)
      : members_(members), port_(port), measured_(measured), timer_(io) {
    gossip::socket_settings settings;
    settings.bind = at("0.0.0.0", port);
    auto opened = gossip::gossip_sockets::open(io, settings);
    messages::ensure(opened.has_value());
    sockets_ = std::move(*opened);
    sockets_->start({[this](std::string_view bytes, const gossip::endpoint&) { answer(bytes); },
                     [] {}, [this](const wire::stream_reader& asked) { return answer(asked); }});
    ping_every_second();
  }

  int pings_answered() const { return pings_answered_; }
  int views_given() const { return views_given_; }
  int acks() const { return acks_; }

 private:
  std::string name(int number) const { return "member-" + std::to_string(number); }
  gossip::endpoint where(int number) const {
    return at("127.1." + std::to_string(number / 250) + "." + std::to_string(number % 250 + 1),
              port_);
  }

  void answer(std::string_view bytes) {
    for (const auto& message : reader_.read(bytes).messages) {
      if (const auto* ping = std::get_if<wire::ping>(&message); ping != nullptr) {
        ++pings_answered_;
        send(wire::ack{ping->sequence_number, {}});
      } else if (std::holds_alternative<wire::ack>(message)) {
        ++acks_;
      }
    }
  }

  std::string answer(const wire::stream_reader& asked) {
    if (asked.type() != wire::message_type::push_pull)
      return {};
    ++views_given_;
    wire::push_pull_writer view({.join = views_given_ == 1,
                                 .nodes = static_cast<std::size_t>(members_ - 1),
                                 .user_state_bytes = 0});
    const auto meta = wire::encode_tags(agent_tags);
    for (int i = 1; i < members_; ++i)
      view.add(
          {name(i), where(i), meta, 1, wire::node_state::alive, wire::versions{1, 5, 2, 2, 5, 4}});
    auto framed = wire::encode_stream(frames_, nullptr, wire::stream_side::answerer,
                                      std::move(view).finish({}));
    return framed ? *std::move(framed) : std::string();
  }

  void send(const wire::packet_message& message) {
    writer_.start();
    writer_.add(message);
    sockets_->send(measured_, writer_.finish({}));
  }

  void ping_every_second() {
    timer_.expires_after(1s);
    timer_.async_wait([this](const auto& cancelled) {
      if (cancelled)
        return;
      const int asker = 1 + static_cast<int>(++sequence_) % (members_ - 1);
      send(wire::ping{sequence_, "measured", name(asker), where(asker)});
      ping_every_second();
    });
  }

  int members_;
  int port_;
  gossip::endpoint measured_;
  boost::asio::steady_timer timer_;
  std::unique_ptr<gossip::gossip_sockets> sockets_;
  wire::frame_settings frames_;
  wire::packet_reader reader_{frames_, nullptr};
  wire::packet_writer writer_{frames_, nullptr};
  std::uint32_t sequence_ = 0;
  int pings_answered_ = 0;
  int acks_ = 0;
  int views_given_ = 0;
};

int measure(int members, std::chrono::seconds time) {
  const int member_port = free_port();
  const int crowd_port = free_port();
  boost::asio::io_context io;
  crowd others(io, members, crowd_port,
               at("127.0.0.1", member_port));  // listens before it is asked
  const auto measured = child::function([&] { be_the_member(member_port, crowd_port); });
  std::printf("%d members; waiting %lld s until the news of the join is told\n", members,
              static_cast<long long>(std::chrono::seconds(settle_time).count()));
  std::fflush(stdout);
  io.run_for(settle_time);
  const double busy_cpu = measured.cpu_seconds();
  const int pings = others.pings_answered();
  io.run_for(time);
  const double cpu = measured.cpu_seconds() - busy_cpu;
  if (others.views_given() == 0 || others.acks() == 0 || !measured.running()) {
    std::fprintf(stderr, "the member did not join\n");
    return 1;
  }
  std::printf("joining          %8.3f s of CPU\n", busy_cpu);
  std::printf("quiet            %8.3f %% of a core, %.1f pings sent a second\n",
              100 * cpu / static_cast<double>(time.count()),
              (others.pings_answered() - pings) / static_cast<double>(time.count()));
  std::printf("memory           %8.1f MB resident\n", measured.resident_megabytes());
  return 0;
}

}  // namespace
}  // namespace troupe::bench

int main(int count, char** words) {
  spdlog::set_level(spdlog::level::err);
  const int members = count > 1 ? std::atoi(words[1]) : 1000;
  const int seconds = count > 2 ? std::atoi(words[2]) : 20;
  if (members < 2 || members > 50'000 || seconds < 1) {
    std::fprintf(stderr, "gossip_idle [MEMBERS, 2 to 50000] [SECONDS]\n");
    return 2;
  }
  return troupe::bench::measure(members, std::chrono::seconds(seconds));
}
