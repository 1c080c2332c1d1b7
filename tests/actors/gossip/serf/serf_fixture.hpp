// Short words for tests of the serf layer.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "actors/gossip/serf/serf_core.hpp"
#include "actors/gossip/wire/serf_messages.hpp"
#include "actors/gossip/wire/tags.hpp"

namespace troupe::actors::gossip::serf {

using namespace std::chrono_literals;

inline const time_point start_of_test{1000h};

inline endpoint where_of(int member) {
  return {ip_address::from_bytes(std::string{'\x7f', 0, 0, static_cast<char>(member)}), 7946};
}

inline shared_member member_number(int member, const tag_map& tags = {}) {
  return std::make_shared<const swim_member>(swim_member{
      fmt::format("m{}", member), where_of(member), wire::encode_tags(tags), {1, 5, 2}, {2, 5, 4}});
}

// m1, or another, and members that stand only in its table.
class one_core {
 public:
  explicit one_core(serf_settings wanted = {}, keyring* ring = nullptr,
                    recovered_snapshot recovered = {}, int number = 1)
      : settings_(std::move(wanted)), random_(11) {
    const auto self = member_number(number, settings_.tags);
    settings_.node_name = self->name;
    core_ = std::make_unique<serf_core>(
        settings_, *self, serf_core::needs{random_, ring, std::move(recovered)}, now_);
    core_->on_member_joined(self, now_);
    (void)out();
  }

  serf_core& operator*() { return *core_; }
  serf_core* operator->() { return core_.get(); }
  time_point now() const { return now_; }

  void join(int first, int last) {
    for (int i = first; i <= last; ++i)
      core_->on_member_joined(member_number(i), now_);
  }
  serf_output out() { return core_->take_output(now_); }
  void pass(nanoseconds time) {
    now_ += time;
    core_->tick(now_);
  }
  template <class Message>
  void hear(const Message& message) {
    core_->on_user_message(wire::encode(message), now_);
  }
  std::vector<std::string> told() { return core_->take_broadcasts(1400, 3, now_); }
  member_status status(const std::string& name) {
    const auto found = core_->find(name);
    return found ? found->status : member_status::none;
  }

 private:
  serf_settings settings_;
  prng random_;
  time_point now_ = start_of_test;
  std::unique_ptr<serf_core> core_;
};

}  // namespace troupe::actors::gossip::serf
