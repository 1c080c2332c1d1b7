// What ten thousand HTTP checks at ten seconds cost the process that runs them, and how evenly they
// are spread: cores and probes as the agent has them, without its actors, against a server in a
// process of its own.
//
//   health_checks [checks] [seconds]
#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "actors/health/check_core.hpp"
#include "actors/health/probes/probe.hpp"
#include "actors/health/probes/probe_environment.hpp"

namespace troupe::bench {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

// Answers every connection's first bytes and closes.
class health_server {
 public:
  explicit health_server(tcp::acceptor& acceptor) : acceptor_(&acceptor) { accept(); }

 private:
  struct connection {
    explicit connection(tcp::socket taken) : socket(std::move(taken)) {}
    tcp::socket socket;
    std::array<char, 2048> request{};
  };

  void accept() {
    acceptor_->async_accept([this](const auto& error, tcp::socket socket) {
      if (!error)
        answer(std::make_shared<connection>(std::move(socket)));
      accept();
    });
  }

  void answer(const std::shared_ptr<connection>& peer) {
    peer->socket.async_read_some(asio::buffer(peer->request), [peer](const auto& error, auto) {
      static const std::string text =
          "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";
      if (!error)
        asio::async_write(peer->socket, asio::buffer(text), [peer](const auto&, auto) {});
    });
  }

  tcp::acceptor* acceptor_;
};

pid_t start_server(asio::io_context& io, tcp::acceptor& acceptor) {
  io.notify_fork(asio::io_context::fork_prepare);
  const pid_t child = fork();
  if (child != 0) {
    io.notify_fork(asio::io_context::fork_parent);
    acceptor.close();
    return child;
  }
  io.notify_fork(asio::io_context::fork_child);
  const health_server server(acceptor);
  io.run();
  _exit(0);
}

struct figures {
  std::vector<int> started_per_100ms;
  std::uint64_t passing = 0;
  std::uint64_t failing = 0;
};

// One check: what the prober actor does, by Asio's timer.
class bench_check {
 public:
  bench_check(const actors::check_plan& plan, actors::probe_environment& environment,
              std::mt19937_64& random, figures& told)
      : timer_(environment.io()), figures_(&told), begun_(clock::now()) {
    actors::check_options options;
    options.interval = std::chrono::nanoseconds{plan.definition.interval()};
    core_ = std::make_unique<actors::check_core>(options, random, begun_);
    auto made = actors::make_probe(plan, environment);
    if (!made)
      std::abort();
    probe_ = std::move(*made);
    arm();
  }

 private:
  void arm() {
    if (core_->next_deadline() == clock::time_point::max())
      return;
    timer_.expires_at(core_->next_deadline());
    timer_.async_wait([this](const auto& cancelled) {
      if (!cancelled)
        tick();
    });
  }

  void tick() {
    core_->tick(clock::now());
    if (core_->take_output().run) {
      const auto slot = static_cast<std::size_t>((clock::now() - begun_) / 100ms);
      if (slot < figures_->started_per_100ms.size())
        ++figures_->started_per_100ms[slot];
      probe_->start([this](actors::check_result result) {
        ++(result.status == actors::check_status::passing ? figures_->passing : figures_->failing);
        core_->on_result(std::move(result), clock::now());
        static_cast<void>(core_->take_output());
        arm();
      });
    }
    arm();
  }

  asio::steady_timer timer_;
  std::unique_ptr<actors::check_core> core_;
  std::unique_ptr<actors::probe> probe_;
  figures* figures_;
  clock::time_point begun_;
};

double cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

void report(const figures& told, double cpu, int seconds) {
  const auto& slots = told.started_per_100ms;
  double sum = 0;
  for (const int count : slots)
    sum += count;
  const double mean = sum / static_cast<double>(slots.size());
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto ended = static_cast<double>(told.passing + told.failing);
  std::printf("runs %.0f, passing %llu, failing %llu\n", ended,
              static_cast<unsigned long long>(told.passing),
              static_cast<unsigned long long>(told.failing));
  std::printf("cpu %.3f cores, %.1f us a run, %ld MB resident at most\n", cpu / seconds,
              cpu / ended * 1e6, used.ru_maxrss / 1024);
  std::printf("starts per 100 ms: mean %.1f, max %d, max/mean %.2f\n", mean,
              *std::max_element(slots.begin(), slots.end()),
              *std::max_element(slots.begin(), slots.end()) / mean);
}

int measure(int checks, int seconds) {
  asio::io_context io{1};
  tcp::acceptor acceptor(io, {asio::ip::make_address("127.0.0.1"), 0});
  acceptor.listen(4096);
  const auto url =
      "http://127.0.0.1:" + std::to_string(acceptor.local_endpoint().port()) + "/health";
  const pid_t server = start_server(io, acceptor);

  messages::CheckDefinition definition;
  definition.set_http(url);
  definition.set_interval(std::chrono::nanoseconds{10s}.count());
  const auto plan = actors::plan_check(definition, {}, actors::check_origin::api);
  if (!plan)
    return 1;
  actors::probe_environment environment(io, {});
  std::mt19937_64 random(4711);
  figures told;
  told.started_per_100ms.resize(static_cast<std::size_t>(seconds) * 10);
  std::vector<std::unique_ptr<bench_check>> all;
  all.reserve(static_cast<std::size_t>(checks));
  for (int i = 0; i < checks; ++i)
    all.push_back(std::make_unique<bench_check>(*plan, environment, random, told));

  const double before = cpu_seconds();
  io.run_for(std::chrono::seconds{seconds});
  report(told, cpu_seconds() - before, seconds);
  kill(server, SIGKILL);
  waitpid(server, nullptr, 0);
  return told.failing == 0 ? 0 : 1;
}

}  // namespace
}  // namespace troupe::bench

int main(int argc, char** argv) {
  const int checks = argc > 1 ? std::atoi(argv[1]) : 10'000;
  const int seconds = argc > 2 ? std::atoi(argv[2]) : 20;
  return troupe::bench::measure(std::max(checks, 1), std::max(seconds, 1));
}
