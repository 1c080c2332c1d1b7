// The label in front of everything, that keeps pools of one network apart.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "actors/gossip/wire/swim_messages.hpp"

namespace troupe::actors::gossip::wire {

inline constexpr std::size_t label_head_bytes = 2;  // type and length

// Takes the label off `bytes`. False if it is not `label`; an empty label is none.
inline bool remove_label(std::string_view& bytes, std::string_view label) {
  const bool is_labelled = !bytes.empty() && static_cast<std::uint8_t>(bytes.front()) ==
                                                 static_cast<std::uint8_t>(message_type::has_label);
  if (label.empty() || !is_labelled)
    return label.empty() && !is_labelled;
  if (bytes.size() < label_head_bytes + label.size() ||
      static_cast<std::uint8_t>(bytes[1]) != label.size() ||
      bytes.substr(label_head_bytes, label.size()) != label)
    return false;
  bytes.remove_prefix(label_head_bytes + label.size());
  return true;
}

// Appends the label, unless it is empty.
inline void append_label(std::string& out, std::string_view label) {
  if (label.empty())
    return;
  out.push_back(static_cast<char>(message_type::has_label));
  out.push_back(static_cast<char>(label.size()));
  out.append(label);
}

}  // namespace troupe::actors::gossip::wire
