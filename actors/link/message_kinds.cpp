#include "actors/link/message_kinds.hpp"

#include <algorithm>
#include <typeindex>
#include <unordered_map>

#include <caf/make_message.hpp>

#include "actors/interfaces.hpp"
#include "messages/limits.hpp"
#include "messages/link.pb.h"

namespace troupe::actors::link {

namespace {

namespace limits = messages::limits;

using kind_map = std::unordered_map<std::type_index, message_kind>;

template <class T>
concept has_read_options = requires(const T& message) {
  { message.options().min_index() } -> std::convertible_to<std::uint64_t>;
};

// What an actor sends itself, or an answer that only makes sense within a node.
template <class T>
constexpr bool stays_at_home =
    std::is_same_v<T, m::RaftTick> || std::is_same_v<T, m::SubscribeToLeadership>;

template <class T>
nanoseconds blocks_for(const void* at) {
  if constexpr (has_read_options<T>) {
    const auto& options = static_cast<const T*>(at)->options();
    if (options.min_index() == 0)
      return nanoseconds{0};
    const std::chrono::milliseconds asked{options.wait_ms()};
    const nanoseconds wait = asked.count() <= 0
                                 ? limits::default_query_time
                                 : std::min<nanoseconds>(asked, limits::max_query_time);
    return wait + wait / limits::wait_jitter_divisor;
  } else {
    return nanoseconds{0};
  }
}

template <class T>
std::uint64_t query_ticket(const void* at) {
  if constexpr (has_read_options<T>)
    return static_cast<const T*>(at)->options().ticket();
  else if constexpr (std::is_same_v<T, m::CancelQuery>)
    return static_cast<const T*>(at)->ticket();
  else
    return 0;
}

template <class T>
std::size_t bytes_of(const void* at) {
  return static_cast<const T*>(at)->ByteSizeLong();
}

template <class T>
std::string to_bytes(const void* at) {
  return static_cast<const T*>(at)->SerializeAsString();
}

template <class T>
caf::message from_bytes(const std::string& bytes) {
  T message;
  return message.ParseFromString(bytes) ? caf::make_message(std::move(message)) : caf::message();
}

// Of what nobody answers: that it was handled.
template <class... Outs>
struct answer_codec {
  static std::optional<std::string> write(const caf::message& answer) {
    return answer.empty() ? std::optional<std::string>("") : std::nullopt;
  }
  static caf::message read(const std::string&) { return {}; }
};
template <class Out>
requires(!std::is_void_v<Out>) struct answer_codec<Out> {
  static std::optional<std::string> write(const caf::message& answer) {
    if (!answer.match_elements<Out>())
      return std::nullopt;
    return answer.get_as<Out>(0).SerializeAsString();
  }
  static caf::message read(const std::string& bytes) { return from_bytes<Out>(bytes); }
};

// Calls visit.template operator()<T>() for each type of the list.
template <class Visit, class... Ts>
void for_each_type(caf::detail::type_list<Ts...>, Visit&& visit) {
  (visit.template operator()<Ts>(), ...);
}

template <class Signature>
struct parts;
template <class In, class... Outs>
struct parts<caf::typed_mpi<caf::detail::type_list<In>, caf::output_tuple<Outs...>>> {
  using input = In;
  using outputs = caf::detail::type_list<Outs...>;
  using answer = answer_codec<Outs...>;
};

template <class Handle, class Visit>
void for_each_signature(Visit&& visit) {
  for_each_type(typename Handle::signatures{}, visit);
}

template <class Handle>
void add_kinds(kind_map& kinds, bool message_kind::*accepts) {
  for_each_signature<Handle>([&]<class Signature>() {
    using input = typename parts<Signature>::input;
    if constexpr (!stays_at_home<input>) {
      auto& kind = kinds[typeid(input)];
      kind.name = input::descriptor()->name();
      kind.*accepts = true;
      kind.one_way =
          std::is_same_v<typename parts<Signature>::outputs, caf::detail::type_list<void>>;
      kind.query_ticket = &query_ticket<input>;
      kind.bytes = &bytes_of<input>;
      kind.blocks_for = &blocks_for<input>;
      kind.to_bytes = &to_bytes<input>;
      kind.from_bytes = &from_bytes<input>;
      kind.answer_to_bytes = &parts<Signature>::answer::write;
      kind.answer_from_bytes = &parts<Signature>::answer::read;
    }
  });
}

kind_map make_kinds() {
  kind_map kinds;
  add_kinds<router_actor>(kinds, &message_kind::for_router);
  add_kinds<raft_peer_actor>(kinds, &message_kind::for_raft_peer);
  return kinds;
}

const kind_map& all_kinds() {
  static const kind_map kinds = make_kinds();
  return kinds;
}

}  // namespace

const message_kind* find_kind(const std::type_info& type) {
  const auto found = all_kinds().find(type);
  return found == all_kinds().end() ? nullptr : &found->second;
}

const message_kind* find_kind(const std::string& name) {
  static const auto by_name = [] {
    std::unordered_map<std::string_view, const message_kind*> kinds;
    for (const auto& [type, kind] : all_kinds())
      kinds.emplace(kind.name, &kind);
    return kinds;
  }();
  const auto found = by_name.find(name);
  return found == by_name.end() ? nullptr : found->second;
}

}  // namespace troupe::actors::link
