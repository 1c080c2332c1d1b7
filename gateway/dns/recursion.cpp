#include "gateway/dns/recursion.hpp"

#include <algorithm>
#include <array>
#include <random>
#include <unordered_set>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include "gateway/dns/wire_message.hpp"
#include "messages/limits.hpp"

namespace troupe::gateway::dns {

namespace asio = boost::asio;
namespace limits = messages::limits;
using asio::ip::tcp;
using asio::ip::udp;
using boost::system::error_code;

namespace {

asio::ip::address to_asio(const named_address& address) {
  if (address.length == 4) {
    asio::ip::address_v4::bytes_type bytes;
    std::copy_n(address.bytes.begin(), bytes.size(), bytes.begin());
    return asio::ip::address_v4(bytes);
  }
  asio::ip::address_v6::bytes_type bytes;
  std::copy_n(address.bytes.begin(), bytes.size(), bytes.begin());
  return asio::ip::address_v6(bytes);
}

void put_id(std::vector<std::uint8_t>& packet, std::uint16_t id) {
  packet[0] = static_cast<std::uint8_t>(id >> 8);
  packet[1] = static_cast<std::uint8_t>(id);
}

}  // namespace

// One question on its way through the recursors.
class errand : public std::enable_shared_from_this<errand> {
 public:
  struct plan {
    std::vector<endpoint> recursors;  // in the order in which they are asked
    std::chrono::nanoseconds timeout;
    bool over_tcp = false;
  };

  errand(asio::io_context& io, std::vector<std::uint8_t> question, plan how, recursion::done tell)
      : udp_(io),
        tcp_(io),
        deadline_(io),
        question_(std::move(question)),
        own_id_(static_cast<std::uint16_t>(question_[0] << 8 | question_[1])),
        how_(std::move(how)),
        tell_(std::move(tell)) {}

  void ask_next(std::mt19937_64& random) {
    random_ = &random;
    close();
    if (next_ == how_.recursors.size())
      return end({});
    const auto& target = how_.recursors[next_++];
    sent_id_ = static_cast<std::uint16_t>(random());
    put_id(question_, sent_id_);
    const auto round = ++round_;
    deadline_.expires_after(how_.timeout);
    deadline_.async_wait([self = shared_from_this(), round](const error_code& cancelled) {
      if (!cancelled && round == self->round_)
        self->ask_next(*self->random_);
    });
    if (how_.over_tcp)
      ask_by_tcp(target);
    else
      ask_by_udp(target);
  }

  void abandon() {
    tell_ = nullptr;
    close();
  }

 private:
  void close() {
    ++round_;
    error_code ignored;
    udp_.close(ignored);
    tcp_.close(ignored);
    deadline_.cancel();
  }

  void end(std::vector<std::uint8_t> answer) {
    close();
    if (auto tell = std::exchange(tell_, nullptr))
      tell(std::move(answer));
  }

  // Whether whoever waits in `round` is still waited for.
  template <class Continue>
  auto step(Continue go_on) {
    return [self = shared_from_this(), round = round_, go_on](const error_code& why,
                                                              std::size_t bytes = 0) {
      if (round != self->round_)
        return;
      if (why)
        return self->ask_next(*self->random_);
      go_on(*self, bytes);
    };
  }

  void ask_by_udp(const endpoint& target) {
    error_code why;
    const udp::endpoint to(to_asio(target.address), target.port);
    udp_.open(to.protocol(), why);
    // Connected: the system takes datagrams of this recursor only.
    if (!why)
      udp_.connect(to, why);
    if (!why)
      udp_.send(asio::buffer(question_), 0, why);
    answer_.resize(limits::dns_message_bytes_max);
    receive_udp();
  }

  // A socket that failed to open fails here, too.
  void receive_udp() {
    udp_.async_receive(asio::buffer(answer_), step([](errand& it, std::size_t bytes) {
                         if (it.take({it.answer_.data(), bytes}))
                           return;
                         // Somebody guesses: the true answer may still come.
                         it.receive_udp();
                       }));
  }

  void ask_by_tcp(const endpoint& target) {
    const tcp::endpoint to(to_asio(target.address), target.port);
    tcp_.async_connect(to, step([](errand& it, std::size_t) { it.write_tcp(); }));
  }

  void write_tcp() {
    framed_ = question_;
    const auto size = question_.size();
    framed_.insert(framed_.begin(),
                   {static_cast<std::uint8_t>(size >> 8), static_cast<std::uint8_t>(size)});
    asio::async_write(tcp_, asio::buffer(framed_),
                      step([](errand& it, std::size_t) { it.read_tcp(); }));
  }

  void read_tcp() {
    asio::async_read(
        tcp_, asio::buffer(length_), step([](errand& it, std::size_t) {
          it.answer_.resize(static_cast<std::size_t>(it.length_[0]) << 8 | it.length_[1]);
          asio::async_read(it.tcp_, asio::buffer(it.answer_),
                           it.step([](errand& whole, std::size_t bytes) {
                             if (!whole.take({whole.answer_.data(), bytes}))
                               whole.ask_next(*whole.random_);
                           }));
        }));
  }

  // False: it is no answer to what was asked.
  bool take(packet_view answer) {
    if (!answers(answer, question_))
      return false;
    const auto code = static_cast<reply_code>(answer[3] & 0x0fU);
    const bool is_usable = code != reply_code::server_failure && code != reply_code::refused;
    if (!is_usable || !is_well_formed(answer)) {
      ask_next(*random_);
      return true;
    }
    std::vector<std::uint8_t> whole(answer.begin(), answer.end());
    put_id(whole, own_id_);
    whole[3] |= static_cast<std::uint8_t>(flag_recursion_available);
    end(std::move(whole));
    return true;
  }

  udp::socket udp_;
  tcp::socket tcp_;
  asio::steady_timer deadline_;
  std::vector<std::uint8_t> question_;
  std::uint16_t own_id_;
  std::uint16_t sent_id_ = 0;
  plan how_;
  recursion::done tell_;
  std::mt19937_64* random_ = nullptr;
  std::size_t next_ = 0;
  std::uint64_t round_ = 0;
  std::vector<std::uint8_t> answer_;
  std::vector<std::uint8_t> framed_;
  std::array<std::uint8_t, 2> length_{};
};

struct recursion::parts : std::enable_shared_from_this<parts> {
  parts(asio::io_context& at, const dns_settings& given, std::uint64_t seed)
      : io(at),
        recursors(given.recursors),
        timeout(given.recursor_timeout),
        shuffles(given.random_recursors),
        random(seed) {
    if (recursors.size() > limits::dns_recursors_max)
      recursors.resize(limits::dns_recursors_max);
  }

  asio::io_context& io;
  std::vector<endpoint> recursors;
  std::chrono::nanoseconds timeout;
  bool shuffles;
  std::mt19937_64 random;
  std::unordered_set<std::shared_ptr<errand>> under_way;
};

recursion::recursion(asio::io_context& io, const dns_settings& settings, std::uint64_t random_seed)
    : parts_(std::make_shared<parts>(io, settings, random_seed)) {}

recursion::~recursion() {
  for (const auto& each : std::exchange(parts_->under_way, {}))
    each->abandon();
}

bool recursion::ask(packet_view question, bool over_tcp, done tell) {
  if (parts_->under_way.size() >= limits::dns_recursions_max)
    return false;
  errand::plan how{parts_->recursors, parts_->timeout, over_tcp};
  if (parts_->shuffles)
    std::ranges::shuffle(how.recursors, parts_->random);
  auto place = std::make_shared<std::weak_ptr<errand>>();
  auto made = std::make_shared<errand>(
      parts_->io, std::vector<std::uint8_t>(question.begin(), question.end()), std::move(how),
      [weak = std::weak_ptr(parts_), place,
       tell = std::move(tell)](std::vector<std::uint8_t> answer) {
        if (const auto self = weak.lock())
          self->under_way.erase(place->lock());
        tell(std::move(answer));
      });
  *place = made;
  parts_->under_way.insert(made);
  made->ask_next(parts_->random);
  return true;
}

}  // namespace troupe::gateway::dns
