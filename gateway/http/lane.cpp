#include "gateway/http/lane.hpp"

#include <array>
#include <ctime>
#include <utility>

#include "messages/limits.hpp"

namespace troupe::gateway {

namespace {

using namespace std::chrono_literals;

std::string http_date() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  // Not strftime's names: those follow the locale.
  constexpr std::array<const char*, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                               "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                days[static_cast<std::size_t>(utc.tm_wday)], utc.tm_mday,
                months[static_cast<std::size_t>(utc.tm_mon)], utc.tm_year + 1900, utc.tm_hour,
                utc.tm_min, utc.tm_sec);
  return text.data();
}

}  // namespace

lane::lane(boost::asio::io_context& io, std::shared_ptr<http_gateway> entry,
           connection_options options, std::function<void(const std::string&)> on_closed)
    : io_(io),
      entry_(std::move(entry)),
      options_(options),
      on_closed_(std::move(on_closed)),
      timer_(io),
      date_(http_date()) {}

void lane::start() {
  wait_for_tick();
}

void lane::wait_for_tick() {
  timer_runs_ = true;
  timer_.expires_after(1s);
  timer_.async_wait([this](const boost::system::error_code& cancelled) {
    timer_runs_ = false;
    if (is_shut_)
      return wait_for_farewells();
    if (cancelled)
      return;
    sweep();
    wait_for_tick();
  });
}

void lane::sweep() {
  ++tick_;
  date_ = http_date();
  // Backwards: a connection that ends puts the last one in its place.
  for (auto i = connections_.size(); i > 0; --i)
    connections_[i - 1]->sweep();
}

void lane::adopt(connection::socket client, std::string client_address) {
  if (is_shut_)
    return;
  connections_.push_back(
      std::make_unique<connection>(*this, std::move(client), std::move(client_address)));
  connections_.back()->place = connections_.size() - 1;
  connections_.back()->start();
}

void lane::release(connection& over) {
  on_closed_(over.counted_as());
  const auto place = over.place;
  std::swap(connections_[place], connections_.back());
  connections_[place]->place = place;
  connections_.pop_back();
  tell_if_empty();
}

void lane::shut(std::function<void()> done) {
  is_shut_ = true;
  when_empty_ = std::move(done);
  end_all(&connection::close_when_answered);
  if (!timer_runs_)
    return wait_for_farewells();
  timer_.cancel();  // it goes on with the farewells
}

void lane::wait_for_farewells() {
  if (connections_.empty())
    return tell_if_empty();
  timer_runs_ = true;
  timer_.expires_after(messages::limits::http_farewell_timeout);
  timer_.async_wait([this](const boost::system::error_code&) {
    timer_runs_ = false;
    end_all(&connection::close);
    tell_if_empty();
  });
}

void lane::end_all(void (connection::*end)()) {
  for (auto i = connections_.size(); i > 0; --i) {
    auto& each = *connections_[i - 1];
    (each.*end)();
    if (each.is_over())
      release(each);
  }
}

void lane::tell_if_empty() {
  if (!is_shut_ || !connections_.empty())
    return;
  if (timer_runs_)
    timer_.cancel();
  else if (when_empty_)
    std::exchange(when_empty_, nullptr)();
}

}  // namespace troupe::gateway
