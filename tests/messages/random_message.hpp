// Messages of any type with random contents, from a seed.
#pragma once

#include <random>
#include <string>

#include <google/protobuf/message.h>

namespace troupe::tests {

// Fills what the codec writes and reads back: not internal fields, not secrets.
void fill_at_random(google::protobuf::Message& message, std::mt19937_64& random, int depth_max);

// Valid UTF-8 with everything in it that JSON escapes.
std::string random_text(std::mt19937_64& random);

// Unsets messages inside that hold nothing: the codec writes both alike.
void unset_empty_messages(google::protobuf::Message& message);

}  // namespace troupe::tests
