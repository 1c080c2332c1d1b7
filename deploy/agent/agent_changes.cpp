#include "deploy/agent/agent_changes.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <google/protobuf/util/message_differencer.h>

namespace troupe::agent {

namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::util::MessageDifferencer;

// What a reload applies.
constexpr std::array<std::string_view, 5> reloadable{"log_level", "service", "services", "check",
                                                     "checks"};

bool is_block(const FieldDescriptor& field) {
  return !field.is_repeated() && field.message_type() != nullptr &&
         field.message_type()->file() == messages::Config::descriptor()->file();
}

bool has_no_effect(const FieldDescriptor& field) {
  return field.options().GetExtension(messages::effect) == messages::NO_EFFECT;
}

bool is_same(const Message& running, const Message& wanted, const FieldDescriptor& field) {
  MessageDifferencer compare;
  return compare.CompareWithFields(running, wanted, {&field}, {&field});
}

void collect(const Message& running, const Message& wanted, const std::string& path,
             std::vector<std::string>& out) {
  const auto& kind = *running.GetDescriptor();
  for (int i = 0; i < kind.field_count(); ++i) {
    const auto& field = *kind.field(i);
    if (has_no_effect(field) || is_same(running, wanted, field))
      continue;
    const auto key = path + field.name();
    if (std::find(reloadable.begin(), reloadable.end(), key) != reloadable.end())
      continue;
    if (is_block(field))
      collect(running.GetReflection()->GetMessage(running, &field),
              wanted.GetReflection()->GetMessage(wanted, &field), key + ".", out);
    else
      out.push_back(key);
  }
}

}  // namespace

std::vector<std::string> changes_for_a_restart(const messages::Config& running,
                                               const messages::Config& wanted) {
  std::vector<std::string> keys;
  collect(running, wanted, "", keys);
  return keys;
}

}  // namespace troupe::agent
