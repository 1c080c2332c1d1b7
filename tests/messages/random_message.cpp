#include "tests/messages/random_message.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

#include <google/protobuf/struct.pb.h>

#include "messages/json_options.pb.h"

namespace troupe::tests {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Struct;
using google::protobuf::Value;

bool one_in(std::mt19937_64& random, std::uint64_t n) {
  return random() % n == 0;
}

template <class Integer>
Integer random_integer(std::mt19937_64& random) {
  constexpr auto bits = std::numeric_limits<Integer>::digits;
  return static_cast<Integer>(static_cast<Integer>(random()) >> (random() % bits));
}

double random_double(std::mt19937_64& random) {
  if (one_in(random, 2))
    return static_cast<double>(random_integer<std::int32_t>(random)) / 8;
  const auto value = std::bit_cast<double>(random());
  return std::isfinite(value) ? value : 0.5;
}

float random_float(std::mt19937_64& random) {
  const auto value = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
  return std::isfinite(value) ? value : 0.25F;
}

std::string random_bytes(std::mt19937_64& random) {
  std::string bytes(random() % 40, 0);
  for (char& c : bytes)
    c = static_cast<char>(random());
  return bytes;
}

void fill_value(Value& value, std::mt19937_64& random, int depth_max);

void fill_struct(Struct& object, std::mt19937_64& random, int depth_max) {
  for (auto left = random() % 4; left > 0; --left)
    fill_value((*object.mutable_fields())[random_text(random)], random, depth_max - 1);
}

void fill_value(Value& value, std::mt19937_64& random, int depth_max) {
  switch (random() % (depth_max > 0 ? 6 : 4)) {
    case 0:
      return value.set_null_value(google::protobuf::NULL_VALUE);
    case 1:
      return value.set_bool_value(one_in(random, 2));
    case 2:
      return value.set_number_value(random_double(random));
    case 3:
      return value.set_string_value(random_text(random));
    case 4:
      return fill_struct(*value.mutable_struct_value(), random, depth_max);
    default:
      value.mutable_list_value();
      for (auto left = random() % 3; left > 0; --left)
        fill_value(*value.mutable_list_value()->add_values(), random, depth_max - 1);
  }
}

std::int64_t random_int64(const FieldDescriptor& field, std::mt19937_64& random) {
  const auto value = random_integer<std::int64_t>(random);
  // Times end in 2262; a quarter of what fits stays well inside.
  return field.options().GetExtension(messages::notation) == messages::TIME ? value / 4 : value;
}

void fill_nested(Message& message, std::mt19937_64& random, int depth_max) {
  if (message.GetDescriptor() == Struct::descriptor())
    fill_struct(static_cast<Struct&>(message), random, depth_max);
  else
    fill_at_random(message, random, depth_max);
}

template <class Number>
using setter = void (google::protobuf::Reflection::*)(Message*, const FieldDescriptor*,
                                                      Number) const;

// One value: set, or added to a repeated field.
struct filler {
  Message& message;
  const FieldDescriptor& field;
  std::mt19937_64& random;

  template <class Number>
  void put(setter<Number> set, setter<Number> add, Number value) const {
    (message.GetReflection()->*(field.is_repeated() ? add : set))(&message, &field, value);
  }
  void put_text(std::string text) const {
    if (field.is_repeated())
      message.GetReflection()->AddString(&message, &field, std::move(text));
    else
      message.GetReflection()->SetString(&message, &field, std::move(text));
  }
};

void fill_one(const filler& to, int depth_max) {
  using google::protobuf::Reflection;
  auto& random = to.random;
  switch (to.field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return to.put(&Reflection::SetBool, &Reflection::AddBool, one_in(random, 2));
    case FieldDescriptor::CPPTYPE_INT32:
      return to.put(&Reflection::SetInt32, &Reflection::AddInt32,
                    random_integer<std::int32_t>(random));
    case FieldDescriptor::CPPTYPE_INT64:
      return to.put(&Reflection::SetInt64, &Reflection::AddInt64, random_int64(to.field, random));
    case FieldDescriptor::CPPTYPE_UINT32:
      return to.put(&Reflection::SetUInt32, &Reflection::AddUInt32,
                    random_integer<std::uint32_t>(random));
    case FieldDescriptor::CPPTYPE_UINT64:
      return to.put(&Reflection::SetUInt64, &Reflection::AddUInt64,
                    random_integer<std::uint64_t>(random));
    case FieldDescriptor::CPPTYPE_FLOAT:
      return to.put(&Reflection::SetFloat, &Reflection::AddFloat, random_float(random));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return to.put(&Reflection::SetDouble, &Reflection::AddDouble, random_double(random));
    case FieldDescriptor::CPPTYPE_ENUM: {
      const auto& type = *to.field.enum_type();
      const auto i = static_cast<int>(random() % static_cast<std::uint64_t>(type.value_count()));
      return to.put(&Reflection::SetEnumValue, &Reflection::AddEnumValue, type.value(i)->number());
    }
    case FieldDescriptor::CPPTYPE_STRING:
      return to.put_text(to.field.type() == FieldDescriptor::TYPE_BYTES ? random_bytes(random)
                                                                        : random_text(random));
    case FieldDescriptor::CPPTYPE_MESSAGE: {
      const auto& reflection = *to.message.GetReflection();
      fill_nested(to.field.is_repeated() ? *reflection.AddMessage(&to.message, &to.field)
                                         : *reflection.MutableMessage(&to.message, &to.field),
                  random, depth_max - 1);
    }
  }
}

// Entries with keys of their own: what a map would do with two alike is not what is tested.
void fill_map(const filler& to, int depth_max) {
  for (auto left = to.random() % 4; left > 0; --left) {
    auto& entry = *to.message.GetReflection()->AddMessage(&to.message, &to.field);
    const auto* type = entry.GetDescriptor();
    entry.GetReflection()->SetString(&entry, type->map_key(),
                                     std::to_string(left) + random_text(to.random));
    fill_one({entry, *type->map_value(), to.random}, depth_max - 1);
  }
}

}  // namespace

std::string random_text(std::mt19937_64& random) {
  static constexpr std::array<std::string_view, 20> pieces{
      "a",      "Zz",     "0",      " ",      "\"",         "\\",        "/",
      "<b>",    "&",      "\n",     "\t",     "\x01",       "\x7f",      "\u00e9",
      "\u2028", "\u2029", "\ufffd", "\u6f22", "serfHealth", "\U0001f600"};
  std::string text;
  for (auto left = random() % 6; left > 0; --left)
    text += pieces[random() % pieces.size()];
  return text;
}

void fill_at_random(Message& message, std::mt19937_64& random, int depth_max) {
  const auto& type = *message.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const auto& field = *type.field(i);
    const auto& options = field.options();
    if (options.GetExtension(messages::internal) || options.GetExtension(messages::secret))
      continue;
    const bool deep = field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
    if (one_in(random, 3) || (deep && depth_max <= 0))
      continue;
    if (field.is_map()) {
      fill_map({message, field, random}, depth_max);
      continue;
    }
    for (auto left = field.is_repeated() ? random() % 4 : 1; left > 0; --left)
      fill_one({message, field, random}, depth_max);
  }
}

void unset_empty_messages(Message& message) {
  const auto& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> set;
  reflection.ListFields(message, &set);
  for (const auto* field : set) {
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE)
      continue;
    for (int i = 0; field->is_repeated() && i < reflection.FieldSize(message, field); ++i)
      unset_empty_messages(*reflection.MutableRepeatedMessage(&message, field, i));
    if (field->is_repeated())
      continue;
    auto& nested = *reflection.MutableMessage(&message, field);
    unset_empty_messages(nested);
    if (nested.ByteSizeLong() == 0 && field->real_containing_oneof() == nullptr)
      reflection.ClearField(&message, field);
  }
}

}  // namespace troupe::tests
