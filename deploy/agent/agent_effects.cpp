#include "deploy/agent/agent_effects.hpp"

#include <optional>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

namespace troupe::agent {

namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using messages::Effect;

// What is missing, by the first part of the key.
std::string_view missing_feature(std::string_view key) {
  if (key.starts_with("acl"))
    return "access control";
  if (key.starts_with("auto_config"))
    return "automatic configuration";
  if (key.ends_with("_allowed_cidrs") || key.ends_with("allow_write_http_from"))
    return "restriction by network";
  return "TLS";
}

// Nothing that was turned on: false, 0, "", or an empty list.
bool is_off(const Message& message, const FieldDescriptor& field) {
  const auto& reflection = *message.GetReflection();
  if (field.is_repeated())
    return reflection.FieldSize(message, &field) == 0;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return !reflection.GetBool(message, &field);
    case FieldDescriptor::CPPTYPE_STRING:
      return reflection.GetString(message, &field).empty();
    case FieldDescriptor::CPPTYPE_INT64:
      return reflection.GetInt64(message, &field) == 0;
    case FieldDescriptor::CPPTYPE_INT32:
      return reflection.GetInt32(message, &field) == 0;
    default:
      return false;
  }
}

class walk {
 public:
  void through(const Message& message, const std::string& path, Effect inherited) {
    std::vector<const FieldDescriptor*> given;
    message.GetReflection()->ListFields(message, &given);
    for (const auto* field : given) {
      const auto& options = field->options();
      const auto effect = options.HasExtension(messages::effect)
                              ? options.GetExtension(messages::effect)
                              : inherited;
      const auto key = path.empty() ? field->name() : path + "." + field->name();
      if (is_block(*field))
        through(message.GetReflection()->GetMessage(message, field), key, effect);
      else
        judge(message, *field, effect, key);
    }
  }

  std::vector<std::string> warnings;
  std::optional<std::string> refusal;

 private:
  // A block of this file, whose keys have effects of their own.
  static bool is_block(const FieldDescriptor& field) {
    return !field.is_repeated() && field.message_type() != nullptr &&
           field.message_type()->file() == messages::Config::descriptor()->file();
  }

  void judge(const Message& message, const FieldDescriptor& field, Effect effect,
             const std::string& key) {
    if (effect == messages::NO_EFFECT)
      warnings.push_back(key + ": has no effect in this version");
    if (effect == messages::REFUSED && !is_off(message, field) && !refusal)
      refusal =
          key + ": " + std::string(missing_feature(key)) + " is not available in this version";
  }
};

}  // namespace

messages::result<std::vector<std::string>> effects_of(const messages::Config& given) {
  walk done;
  done.through(given, "", messages::USED);
  if (done.refusal)
    return messages::failure{messages::errc::bad_request, *done.refusal};
  return std::move(done.warnings);
}

}  // namespace troupe::agent
