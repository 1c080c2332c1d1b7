// An actor that lives on an io_thread: its mailbox is served there, beside the sockets and timers
// that it works with, so that neither needs a lock or a hop to another thread.
//
//   class kv_shard : public io_actor<kv_shard_actor> {
//    public:
//     kv_shard(caf::actor_config& config, io_thread& home, kv_shard_needs needs)
//         : io_actor(config, home), needs_(std::move(needs)) {}
//     behavior_type make_behavior() override { return {...}; }
//   };
//   kv_shard_actor shard = system.spawn<kv_shard>(std::ref(home), needs);
//
// Code that runs on the same io_thread (a connection, a timer) may call the actor's methods
// directly, and request() through it: both are only ever one after the other.
#pragma once

#include <utility>

#include <caf/actor_config.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/runtime/io_thread.hpp"

namespace troupe::actors {

template <class Handle>
class io_actor : public Handle::base {
 public:
  io_actor(caf::actor_config& config, io_thread& home) : Handle::base(config), home_(&home) {}

  // scheduled_actor hands a reader that has to wake up to the execution unit given: ours leads
  // home.
  void enqueue(caf::mailbox_element_ptr message, caf::execution_unit*) override {
    door to_home{home_, &this->system()};
    caf::scheduled_actor::enqueue(std::move(message), &to_home);
  }

  void enqueue(caf::strong_actor_ptr from, caf::message_id id, caf::message content,
               caf::execution_unit*) override {
    enqueue(caf::make_mailbox_element(std::move(from), id, {}, std::move(content)), nullptr);
  }

  void launch(caf::execution_unit*, bool lazy, bool hide) override {
    door to_home{home_, &this->system()};
    Handle::base::launch(&to_home, lazy, hide);
  }

 protected:
  io_thread& home() const { return *home_; }

 private:
  class door : public caf::execution_unit {
   public:
    door(io_thread* home, caf::actor_system* system) : caf::execution_unit(system), home_(home) {}
    void exec_later(caf::resumable* actor) override { home_->schedule(actor); }

   private:
    io_thread* home_;
  };

  io_thread* home_;
};

}  // namespace troupe::actors
