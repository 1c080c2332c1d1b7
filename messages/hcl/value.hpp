// What a configuration file says, HCL or JSON alike, before it is known what it should say.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace troupe::messages::hcl {

enum class kind { null, boolean, integer, number, text, list, object };

struct member;

struct value {
  kind is = kind::null;
  bool boolean = false;
  std::int64_t integer = 0;  // HCL only: a number of JSON is a `number`
  double number = 0;
  std::string text;
  std::vector<value> items;     // of a list
  std::vector<member> members;  // of an object: no two of one name
  // A list that HCL made of blocks: `service { }` may stand once or many times, so it always is
  // one.
  bool blocks = false;
};

struct member {
  std::string name;
  value what;
};

}  // namespace troupe::messages::hcl
