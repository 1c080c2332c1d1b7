#include "messages/json_reader.hpp"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <google/protobuf/struct.pb.h>

#include "messages/base64.hpp"
#include "messages/go_duration.hpp"
#include "messages/go_quote.hpp"
#include "messages/go_time.hpp"
#include "messages/json_scanner.hpp"

namespace troupe::messages::json {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::ListValue;
using google::protobuf::Message;
using google::protobuf::Struct;
using google::protobuf::Value;

// Where a value goes: into a field, or to the end of a repeated one.
struct target {
  Message& message;
  const field_plan& plan;
  bool appended = false;

  const google::protobuf::Reflection& reflection() const { return *message.GetReflection(); }
  Message& nested() const {
    return appended ? *reflection().AddMessage(&message, plan.field)
                    : *reflection().MutableMessage(&message, plan.field);
  }
  void set_text(std::string value) const {
    if (appended)
      reflection().AddString(&message, plan.field, std::move(value));
    else
      reflection().SetString(&message, plan.field, std::move(value));
  }
};

// The struct and the names on the way to the value that is being read, for error texts.
struct position {
  std::string_view struct_name;
  std::vector<std::string_view> path;

  bool is_root() const { return path.empty(); }
};

bool starts_text(std::string_view value) {
  return value.front() == '"';
}
bool starts_bool(std::string_view value) {
  return value.front() == 't' || value.front() == 'f';
}
bool is_null(std::string_view value) {
  return value.front() == 'n';
}
bool starts_number(std::string_view value) {
  return value.front() == '-' || (value.front() >= '0' && value.front() <= '9');
}

// Go's word for a value's kind.
std::string_view kind_name(std::string_view value) {
  switch (value.front()) {
    case '{':
      return "object";
    case '[':
      return "array";
    case '"':
      return "string";
    case 't':
    case 'f':
      return "bool";
    default:
      return "number";
  }
}

template <class Number>
std::optional<Number> parse_number(std::string_view value) {
  Number number{};
  const auto parsed = std::from_chars(value.data(), value.data() + value.size(), number);
  if (parsed.ec != std::errc{} || parsed.ptr != value.data() + value.size())
    return std::nullopt;
  return number;
}

// Too small for a double is zero, as in Go; too large is nothing.
std::optional<double> parse_double(std::string_view value) {
  double number = 0;
  const auto parsed = std::from_chars(value.data(), value.data() + value.size(), number);
  if (parsed.ec == std::errc{})
    return number;
  // from_chars says result_out_of_range for both ends and leaves the number as it was.
  const auto e = value.find_first_of("eE");
  const bool tiny = (e != std::string_view::npos && value.substr(e + 1).starts_with('-')) ||
                    (e == std::string_view::npos && value.find("0.") <= 1);
  if (tiny)
    return value.front() == '-' ? -0.0 : 0.0;
  return std::nullopt;
}

class reader {
 public:
  reader(std::string_view text, json_read_options options) : text_(text), options_(options) {}

  void root(Message& into, const message_plan& plan);
  result<void> outcome() const { return error_ ? result<void>{*error_} : result<void>{}; }

 private:
  // -- the text ----------------------------------------------------------
  // Each reading function below takes one value off the text, whatever it finds.

  char next() const { return text_[at_]; }
  bool next_is_null() const { return next() == 'n'; }
  std::string_view take() {
    const auto value = text_.substr(at_, value_bytes(text_.substr(at_)));
    at_ += value.size();
    return value;
  }
  void skip() { take(); }
  void skip_marks() {
    while (is_blank(next()) || next() == ',' || next() == ':')
      ++at_;
  }
  // Calls on_member(name in quotes) before each value of an object; it takes the value.
  template <class Function>
  void each_member(Function on_member);
  // The same for the values of an array.
  template <class Function>
  void each_element(Function on_element);

  // -- containers --------------------------------------------------------

  void object(Message& into, const message_plan& plan);
  const field_plan* find(const message_plan& plan, std::string_view name);
  void member(Message& into, const field_plan& plan);
  void list(Message& into, const field_plan& plan);
  void map(Message& into, const field_plan& plan);

  // -- values ------------------------------------------------------------

  void value(const target& to);
  void container(const target& to);
  void text(const target& to);
  void bytes(const target& to);
  void byte_list(const target& to);
  void text_list(Message& wrapper);
  void enumeration(const target& to);
  void boolean(const target& to);
  void integer(const target& to);
  void floating(const target& to);
  void duration(const target& to);
  void time(const target& to);
  void any_object(Struct& into);
  void any_list(ListValue& into);
  void any_value(Value& into);

  // -- errors ------------------------------------------------------------

  void fail(std::string text) {
    if (!error_)
      error_ = failure{errc::bad_request, std::move(text)};
  }
  void fail(const failure& why) { fail(why.detail); }
  // `value` as Go describes it: "string", "number 1.5".
  void wrong_kind(std::string_view value, std::string_view go_type);
  void wrong_number(std::string_view value, const target& to) {
    wrong_kind("number " + std::string(value), to.plan.go_element_type);
  }

  const std::string_view text_;
  std::size_t at_ = 0;
  const json_read_options options_;
  position position_;
  std::optional<failure> error_;
  std::string folded_;  // scratch of find()
};

template <class Function>
void reader::each_member(Function on_member) {
  ++at_;
  for (skip_marks(); next() != '}'; skip_marks()) {
    const auto name = take();
    skip_marks();
    on_member(name);
  }
  ++at_;
}

template <class Function>
void reader::each_element(Function on_element) {
  ++at_;
  for (skip_marks(); next() != ']'; skip_marks())
    on_element();
  ++at_;
}

void reader::wrong_kind(std::string_view value, std::string_view go_type) {
  if (error_)
    return;
  std::string text = "json: cannot unmarshal " + std::string(value);
  if (position_.is_root()) {
    text += " into Go value";
  } else {
    text += " into Go struct field " + std::string(position_.struct_name);
    for (const auto name : position_.path)
      text += "." + std::string(name);
  }
  fail(text + " of type " + std::string(go_type));
}

void reader::root(Message& into, const message_plan& plan) {
  if (next_is_null())
    return;
  if (next() != (plan.message_kind == kind::texts ? '[' : '{'))
    return wrong_kind(kind_name(take()), plan.go_type);
  switch (plan.message_kind) {
    case kind::texts:
      return text_list(into);
    case kind::any_object:
      return any_object(static_cast<Struct&>(into));
    default:
      return object(into, plan);
  }
}

const field_plan* reader::find(const message_plan& plan, std::string_view name) {
  folded_.clear();
  for (const char c : name)
    folded_ += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  const auto* found = plan.find(folded_);
  if (found != nullptr || !options_.snake_case)
    return found;
  std::erase(folded_, '_');
  return plan.find(folded_);
}

void reader::object(Message& into, const message_plan& plan) {
  const auto outer_struct = position_.struct_name;
  const auto outer_depth = position_.path.size();
  std::string name;
  each_member([&](std::string_view quoted_name) {
    unquote(quoted_name, name);
    const auto* field = find(plan, name);
    if (field == nullptr) {
      if (!options_.ignore_unknown)
        fail("json: unknown field " + go_quote(name));
      return skip();
    }
    // A struct that Go decodes by hand through a nameless one shows the struct around it.
    if (plan.go_path_prefix.empty()) {
      position_.struct_name = plan.go_struct;
    } else {
      if (position_.is_root())
        position_.struct_name = plan.go_struct;
      position_.path.push_back(plan.go_path_prefix);
    }
    position_.path.push_back(field->field->json_name());
    member(into, *field);
    position_.path.resize(outer_depth);
    position_.struct_name = outer_struct;
  });
}

void reader::member(Message& into, const field_plan& plan) {
  if (next_is_null())
    return skip();
  if (plan.map_value)
    map(into, plan);
  else if (plan.repeated)
    list(into, plan);
  else
    value({into, plan});
}

void reader::list(Message& into, const field_plan& plan) {
  if (next() != '[')
    return wrong_kind(kind_name(take()), plan.go_type);
  into.GetReflection()->ClearField(&into, plan.field);
  each_element([&] { value({into, plan, true}); });
}

void reader::map(Message& into, const field_plan& plan) {
  if (next() != '{')
    return wrong_kind(kind_name(take()), plan.go_type);
  const auto* key_field = plan.field->message_type()->map_key();
  std::string key;
  each_member([&](std::string_view quoted_key) {
    unquote(quoted_key, key);
    auto& entry = *into.GetReflection()->AddMessage(&into, plan.field);
    entry.GetReflection()->SetString(&entry, key_field, key);
    if (next_is_null())
      skip();
    else
      value({entry, *plan.map_value});
  });
}

void reader::value(const target& to) {
  switch (to.plan.value_kind) {
    case kind::boolean:
      return boolean(to);
    case kind::int32:
    case kind::int64:
    case kind::uint32:
    case kind::uint64:
      return integer(to);
    case kind::float32:
    case kind::float64:
      return floating(to);
    case kind::text:
      return text(to);
    case kind::bytes:
      return bytes(to);
    case kind::enumeration:
      return enumeration(to);
    case kind::message:
    case kind::texts:
    case kind::any_object:
      return container(to);
  }
}

void reader::container(const target& to) {
  const auto value_kind = to.plan.value_kind;
  if (next_is_null()) {
    to.nested();
    return skip();
  }
  if (next() != (value_kind == kind::texts ? '[' : '{'))
    return wrong_kind(kind_name(take()), to.plan.go_element_type);
  auto& nested = to.nested();
  if (value_kind == kind::texts)
    text_list(nested);
  else if (value_kind == kind::any_object)
    any_object(static_cast<Struct&>(nested));
  else
    object(nested, child_plan(to.plan));
}

void reader::text(const target& to) {
  const auto value = take();
  std::string text;
  if (starts_text(value))
    unquote(value, text);
  else if (!is_null(value))
    return wrong_kind(kind_name(value), to.plan.go_element_type);
  to.set_text(std::move(text));
}

void reader::bytes(const target& to) {
  if (next() == '[')
    return byte_list(to);
  const auto value = take();
  std::string text;
  if (starts_text(value))
    unquote(value, text);
  else if (!is_null(value))
    return wrong_kind(kind_name(value), to.plan.go_element_type);
  auto decoded = decode_base64(text);
  if (!decoded)
    return fail(decoded.error());
  to.set_text(std::move(*decoded));
}

// [104, 105]: how Go reads bytes from anything but text.
void reader::byte_list(const target& to) {
  std::string bytes;
  each_element([&] {
    const auto element = take();
    const auto byte = is_null(element) ? std::uint8_t{0} : parse_number<std::uint8_t>(element);
    if (byte)
      bytes += static_cast<char>(*byte);
    else if (starts_number(element))
      wrong_kind("number " + std::string(element), "uint8");
    else
      wrong_kind(kind_name(element), "uint8");
  });
  to.set_text(std::move(bytes));
}

void reader::enumeration(const target& to) {
  const auto value = take();
  const auto& type = *to.plan.field->enum_type();
  const auto* named = type.value(0);
  if (starts_text(value)) {
    std::string name;
    unquote(value, name);
    named = type.FindValueByName(name);
  }
  if (named == nullptr || (!starts_text(value) && !is_null(value)))
    return wrong_kind(kind_name(value), to.plan.go_element_type);
  if (to.appended)
    to.reflection().AddEnum(&to.message, to.plan.field, named);
  else
    to.reflection().SetEnum(&to.message, to.plan.field, named);
}

void reader::text_list(Message& wrapper) {
  const auto* field = texts_field(*wrapper.GetDescriptor());
  const auto& reflection = *wrapper.GetReflection();
  reflection.ClearField(&wrapper, field);
  each_element([&] {
    const auto element = take();
    std::string text;
    if (starts_text(element))
      unquote(element, text);
    else if (!is_null(element))
      return wrong_kind(kind_name(element), "string");
    reflection.AddString(&wrapper, field, std::move(text));
  });
}

void reader::boolean(const target& to) {
  const auto value = take();
  if (!starts_bool(value) && !is_null(value))
    return wrong_kind(kind_name(value), to.plan.go_element_type);
  const bool truth = value.front() == 't';
  if (to.appended)
    to.reflection().AddBool(&to.message, to.plan.field, truth);
  else
    to.reflection().SetBool(&to.message, to.plan.field, truth);
}

template <class Number>
using setter = void (google::protobuf::Reflection::*)(Message*, const FieldDescriptor*,
                                                      Number) const;

// False: not a number of this type.
template <class Number>
bool store(std::string_view value, const target& to, setter<Number> set, setter<Number> add) {
  const auto number = is_null(value) ? Number{} : parse_number<Number>(value);
  if (!number)
    return false;
  (to.reflection().*(to.appended ? add : set))(&to.message, to.plan.field, *number);
  return true;
}

void reader::integer(const target& to) {
  using google::protobuf::Reflection;
  if (to.plan.notation == DURATION || to.plan.notation == DURATION_NUMBER)
    return duration(to);
  if (to.plan.notation == TIME)
    return time(to);
  const auto value = take();
  if (!starts_number(value) && !is_null(value))
    return wrong_kind(kind_name(value), to.plan.go_element_type);
  bool stored = false;
  switch (to.plan.value_kind) {
    case kind::int32:
      stored = store<std::int32_t>(value, to, &Reflection::SetInt32, &Reflection::AddInt32);
      break;
    case kind::int64:
      stored = store<std::int64_t>(value, to, &Reflection::SetInt64, &Reflection::AddInt64);
      break;
    case kind::uint32:
      stored = store<std::uint32_t>(value, to, &Reflection::SetUInt32, &Reflection::AddUInt32);
      break;
    default:
      stored = store<std::uint64_t>(value, to, &Reflection::SetUInt64, &Reflection::AddUInt64);
  }
  if (!stored)
    wrong_number(value, to);
}

void reader::floating(const target& to) {
  const auto value = take();
  if (!starts_number(value) && !is_null(value))
    return wrong_kind(kind_name(value), to.plan.go_element_type);
  const auto number = is_null(value) ? 0.0 : parse_double(value);
  const auto& reflection = to.reflection();
  if (to.plan.value_kind == kind::float64) {
    if (!number)
      return wrong_number(value, to);
    if (to.appended)
      reflection.AddDouble(&to.message, to.plan.field, *number);
    else
      reflection.SetDouble(&to.message, to.plan.field, *number);
    return;
  }
  const auto narrow = static_cast<float>(number.value_or(INFINITY));
  if (!std::isfinite(narrow))
    return wrong_number(value, to);
  if (to.appended)
    reflection.AddFloat(&to.message, to.plan.field, narrow);
  else
    reflection.SetFloat(&to.message, to.plan.field, narrow);
}

// Text or a number of nanoseconds. Other kinds are passed over without a word, as Consul does: it
// takes such a field as any value and looks for these two.
void reader::duration(const target& to) {
  const auto value = take();
  std::int64_t nanoseconds = 0;
  if (starts_text(value)) {
    std::string text;
    unquote(value, text);
    const auto parsed = parse_go_duration(text);
    if (!parsed)
      return fail(parsed.error());
    nanoseconds = parsed->count();
  } else if (starts_number(value)) {
    const auto whole = parse_number<std::int64_t>(value);
    const auto number = parse_double(value);
    constexpr double limit = 9.2233720368547758e18;  // 2^63
    if (!whole && (!number || !(*number > -limit && *number < limit)))
      return wrong_kind("number " + std::string(value), "time.Duration");
    nanoseconds = whole ? *whole : static_cast<std::int64_t>(*number);
  } else if (!to.appended) {
    return;
  }
  if (to.appended)
    to.reflection().AddInt64(&to.message, to.plan.field, nanoseconds);
  else
    to.reflection().SetInt64(&to.message, to.plan.field, nanoseconds);
}

void reader::time(const target& to) {
  const auto value = take();
  if (!starts_text(value) && !is_null(value))
    return fail("Time.UnmarshalJSON: input is not a JSON string");
  std::int64_t unix_ns = 0;
  if (!is_null(value)) {
    std::string text;
    unquote(value, text);
    const auto parsed = parse_go_time(text);
    if (!parsed)
      return fail(parsed.error());
    unix_ns = *parsed;
  }
  if (to.appended)
    to.reflection().AddInt64(&to.message, to.plan.field, unix_ns);
  else
    to.reflection().SetInt64(&to.message, to.plan.field, unix_ns);
}

void reader::any_object(Struct& into) {
  std::string key;
  each_member([&](std::string_view quoted_key) {
    unquote(quoted_key, key);
    any_value((*into.mutable_fields())[key]);
  });
}

void reader::any_list(ListValue& into) {
  each_element([&] { any_value(*into.add_values()); });
}

void reader::any_value(Value& into) {
  into.Clear();  // a name that comes twice
  if (next() == '{')
    return any_object(*into.mutable_struct_value());
  if (next() == '[')
    return any_list(*into.mutable_list_value());
  const auto value = take();
  if (starts_text(value))
    unquote(value, *into.mutable_string_value());
  else if (starts_bool(value))
    into.set_bool_value(value.front() == 't');
  else if (is_null(value))
    into.set_null_value(google::protobuf::NULL_VALUE);
  else if (const auto number = parse_double(value))
    into.set_number_value(*number);
  else
    wrong_kind("number " + std::string(value), "float64");
}

}  // namespace

result<void> read_message(std::string_view value, Message& into, const message_plan& plan,
                          json_read_options options) {
  reader reading{value, options};
  reading.root(into, plan);
  return reading.outcome();
}

}  // namespace troupe::messages::json
