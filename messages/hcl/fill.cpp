#include "messages/hcl/fill.hpp"

#include <cmath>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <google/protobuf/struct.pb.h>

#include "messages/catalog.pb.h"
#include "messages/go_duration.hpp"
#include "messages/go_quote.hpp"
#include "messages/json_options.pb.h"

namespace troupe::messages::hcl {

namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Struct;

// Go's name of what stands in the file.
std::string_view go_kind(const value& from) {
  switch (from.is) {
    case kind::null:
      return "nil";
    case kind::boolean:
      return "bool";
    case kind::integer:
      return "int";
    case kind::number:
      return "float64";
    case kind::text:
      return "string";
    case kind::list:
      return "slice";
    case kind::object:
      return "map";
  }
  return "";
}

std::string_view go_kind(const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return "bool";
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_FLOAT:
      return "float64";
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64:
      return field.options().GetExtension(notation) == DURATION ? "string" : "int";
    case FieldDescriptor::CPPTYPE_UINT32:
    case FieldDescriptor::CPPTYPE_UINT64:
      return "uint";
    default:
      return "string";
  }
}

// service_id, ServiceID and serviceId are one name.
std::string plain(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c >= 'A' && c <= 'Z')
      out += static_cast<char>(c - 'A' + 'a');
    else if (c != '_')
      out += c;
  }
  return out;
}

const FieldDescriptor* field_for(const Descriptor& type, std::string_view key) {
  const auto wanted = plain(key);
  for (int i = 0; i < type.field_count(); ++i) {
    const auto* field = type.field(i);
    if (plain(field->name()) == wanted)
      return field;
    for (const auto& other : field->options().GetRepeatedExtension(also)) {
      if (plain(other) == wanted)
        return field;
    }
  }
  return nullptr;
}

void to_struct(const value& from, google::protobuf::Value& into) {
  switch (from.is) {
    case kind::null:
      into.set_null_value(google::protobuf::NULL_VALUE);
      return;
    case kind::boolean:
      into.set_bool_value(from.boolean);
      return;
    case kind::integer:
      into.set_number_value(static_cast<double>(from.integer));
      return;
    case kind::number:
      into.set_number_value(from.number);
      return;
    case kind::text:
      into.set_string_value(from.text);
      return;
    case kind::list:
      if (from.blocks && from.items.size() == 1)
        return to_struct(from.items.front(), into);
      into.mutable_list_value();
      for (const auto& item : from.items)
        to_struct(item, *into.mutable_list_value()->add_values());
      return;
    case kind::object:
      into.mutable_struct_value();
      for (const auto& [name, what] : from.members)
        to_struct(what, (*into.mutable_struct_value()->mutable_fields())[name]);
      return;
  }
}

class filler {
 public:
  void object(const value& from, Message& into, const std::string& path) {
    const auto& type = *into.GetDescriptor();
    for (const auto& [key, what] : from.members) {
      auto below = path;
      below.append(path.empty() ? "" : ".").append(key);
      const auto* known = field_for(type, key);
      if (known == nullptr)
        unknown_.push_back("invalid config key " + below);
      else if (what.is != kind::null)
        field(what, into, *known, below);
    }
  }

  result<void> outcome() const {
    std::string text;
    if (!wrong_.empty()) {
      text = "decoding failed due to the following error(s):\n";
      for (const auto& each : wrong_)
        text += "\n" + each;
    } else if (!durations_.empty() || !unknown_.empty()) {
      const auto& list = unknown_.empty() ? durations_ : unknown_;
      text = std::to_string(list.size()) +
             (list.size() == 1 ? " error occurred:" : " errors occurred:");
      for (const auto& each : list)
        text += "\n\t* " + each;
    }
    if (text.empty())
      return {};
    return failure{errc::bad_request, text};
  }

 private:
  void field(const value& from, Message& into, const FieldDescriptor& known,
             const std::string& path) {
    if (known.is_map())
      return map(from, into, known, path);
    if (known.is_repeated())
      return list(from, into, known, path);
    const auto& reflection = *into.GetReflection();
    if (known.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE)
      return scalar(from, into, known, path);
    if (const auto* only = one_object(from, path))
      message(*only, *reflection.MutableMessage(&into, &known), path);
  }

  // The object itself, or the only one of a list; null if there is none, or too much.
  const value* one_object(const value& from, const std::string& path) {
    if (from.is == kind::object)
      return &from;
    if (from.is == kind::list && from.items.empty())
      return nullptr;
    if (from.is == kind::list && from.items.size() == 1 && from.items.front().is == kind::object)
      return &from.items.front();
    wrong(path, "expected a map or struct, got " + go_quote(go_kind(from)));
    return nullptr;
  }

  void message(const value& from, Message& into, const std::string& path) {
    if (into.GetDescriptor()->full_name() != Struct::descriptor()->full_name())
      return object(from, into, path);
    google::protobuf::Value whole;
    to_struct(from, whole);
    into.CopyFrom(whole.struct_value());
  }

  void list(const value& from, Message& into, const FieldDescriptor& known,
            const std::string& path) {
    if (from.is != kind::list)
      return wrong(path,
                   "source data must be an array or slice, got " + std::string(go_kind(from)));
    const auto& reflection = *into.GetReflection();
    for (std::size_t i = 0; i < from.items.size(); ++i) {
      const auto below = path + "[" + std::to_string(i) + "]";
      const auto& item = from.items[i];
      if (known.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE)
        scalar(item, into, known, below);
      else if (const auto* only = one_object(item, below))
        message(*only, *reflection.AddMessage(&into, &known), below);
    }
  }

  void map(const value& from, Message& into, const FieldDescriptor& known,
           const std::string& path) {
    if (from.is != kind::object && from.is != kind::list)
      return wrong(path, "expected type 'map[string]string', got unconvertible type '" +
                             std::string(go_kind(from)) + "'");
    const auto* whole = one_object(from, path);
    if (whole == nullptr)
      return;
    const auto* key_field = known.message_type()->map_key();
    const auto* value_field = known.message_type()->map_value();
    for (const auto& [key, what] : whole->members) {
      auto& entry = *into.GetReflection()->AddMessage(&into, &known);
      entry.GetReflection()->SetString(&entry, key_field, key);
      auto below = path;
      below.append("[").append(key).append("]");
      auto* values = value_field->message_type() == nullptr
                         ? nullptr
                         : entry.GetReflection()->MutableMessage(&entry, value_field);
      if (auto* texts = dynamic_cast<HeaderValues*>(values))
        list(what, *texts, *HeaderValues::descriptor()->field(0), below);
      else if (what.is != kind::null)
        field(what, entry, *value_field, below);
    }
  }

  void scalar(const value& from, Message& into, const FieldDescriptor& known,
              const std::string& path) {
    const bool number = from.is == kind::integer || from.is == kind::number;
    const auto wanted = go_kind(known);
    const bool fits = wanted == "string" ? from.is == kind::text
                      : wanted == "bool" ? from.is == kind::boolean
                                         : number;
    if (!fits)
      return wrong(path, "expected type '" + std::string(wanted) + "', got unconvertible type '" +
                             std::string(go_kind(from)) + "'");
    if (number)
      return put_number(from, into, known, path);
    const auto& reflection = *into.GetReflection();
    if (from.is == kind::boolean)
      return reflection.SetBool(&into, &known, from.boolean);
    if (known.cpp_type() == FieldDescriptor::CPPTYPE_INT64)
      return put_duration(from, into, known, path);
    if (known.is_repeated())
      reflection.AddString(&into, &known, from.text);
    else
      reflection.SetString(&into, &known, from.text);
  }

  void put_duration(const value& from, Message& into, const FieldDescriptor& known,
                    const std::string& path) {
    const auto parsed = parse_go_duration(from.text);
    if (parsed)
      into.GetReflection()->SetInt64(&into, &known, parsed->count());
    else
      durations_.push_back(path + ": invalid duration: " + go_quote(from.text) + ": " +
                           parsed.error().detail);
  }

  // A fraction is cut off, as Go does when it reads a JSON number into an int.
  void put_number(const value& from, Message& into, const FieldDescriptor& known,
                  const std::string& path) {
    const auto& reflection = *into.GetReflection();
    const double number =
        from.is == kind::integer ? static_cast<double>(from.integer) : from.number;
    if (known.cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE)
      return reflection.SetDouble(&into, &known, number);
    const bool wide = known.cpp_type() == FieldDescriptor::CPPTYPE_INT64;
    const double limit = wide ? 9.2e18 : std::numeric_limits<std::int32_t>::max();
    if (!(std::fabs(number) <= limit))
      return wrong(path, "number is out of range");
    const std::int64_t whole =
        from.is == kind::integer ? from.integer : static_cast<std::int64_t>(number);
    if (wide)
      reflection.SetInt64(&into, &known, whole);
    else
      reflection.SetInt32(&into, &known, static_cast<std::int32_t>(whole));
  }

  void wrong(const std::string& path, const std::string& why) {
    wrong_.push_back("'" + path + "' " + why);
  }

  std::vector<std::string> wrong_;      // does not fit its field
  std::vector<std::string> unknown_;    // has no field
  std::vector<std::string> durations_;  // is no duration
};

}  // namespace

result<void> fill(const value& from, Message& into) {
  filler work;
  work.object(from, into, "");
  return work.outcome();
}

}  // namespace troupe::messages::hcl
