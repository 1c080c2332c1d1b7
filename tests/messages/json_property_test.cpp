// What holds for any message, tried on many from fixed seeds.
#include <array>
#include <cstdint>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include "messages/agent.pb.h"
#include "messages/catalog.pb.h"
#include "messages/command.pb.h"
#include "messages/config.pb.h"
#include "messages/connect.pb.h"
#include "messages/json_codec.hpp"
#include "messages/kv.pb.h"
#include "tests/messages/every_kind.pb.h"
#include "tests/messages/random_message.hpp"

namespace troupe::messages {
namespace {

using google::protobuf::Message;
using google::protobuf::util::MessageDifferencer;

const std::vector<const Message*>& prototypes() {
  static const std::vector<const Message*> all{
      &tests::EveryKind::default_instance(),  &CheckServiceNode::default_instance(),
      &ServiceNode::default_instance(),       &RegisterRequest::default_instance(),
      &ServiceDefinition::default_instance(), &AgentSelf::default_instance(),
      &KvWrite::default_instance(),           &CaRoots::default_instance(),
      &Services::default_instance(),          &google::protobuf::Struct::default_instance(),
      &HeaderValues::default_instance()};
  return all;
}

std::unique_ptr<Message> random_message(std::mt19937_64& random) {
  const auto& all = prototypes();
  std::unique_ptr<Message> message(all[random() % all.size()]->New());
  if (auto* object = dynamic_cast<google::protobuf::Struct*>(message.get()))
    (*object->mutable_fields())["key"].set_string_value(tests::random_text(random));
  else
    tests::fill_at_random(*message, random, 3);
  return message;
}

TEST(json_codec, reads_back_whatever_it_wrote) {
  for (std::uint64_t seed = 1; seed <= 4'000; ++seed) {
    std::mt19937_64 random{seed};
    const auto original = random_message(random);
    const auto text = to_json(*original, seed % 2 == 0);
    const std::unique_ptr<Message> read(original->New());
    const auto outcome = from_json(text, *read);
    ASSERT_TRUE(outcome) << "seed " << seed << ": " << outcome.error().detail << "\n" << text;
    ASSERT_EQ(to_json(*read, seed % 2 == 0), text) << "seed " << seed;
    tests::unset_empty_messages(*original);
    tests::unset_empty_messages(*read);
    std::string difference;
    MessageDifferencer differencer;
    differencer.ReportDifferencesToString(&difference);
    ASSERT_TRUE(differencer.Compare(*original, *read)) << "seed " << seed << "\n"
                                                       << difference << "\n"
                                                       << text;
  }
}

// Small damage to a text, of the kinds that parsers stumble over.
std::string damaged(std::string text, std::mt19937_64& random) {
  static constexpr std::array<std::string_view, 22> pieces{
      "{",    "}",       "[",    "]",    ",",        ":",   "\"",    "\\",
      "\\u",  "\\ud83d", "null", "-",    "1.5",      "1e9", "1e999", "99999999999999999999",
      "true", "{}",      "[[",   "\xff", "\xe2\x80", "\n"};
  for (auto left = random() % 4 + 1; left > 0; --left) {
    const auto at = text.empty() ? 0 : random() % text.size();
    switch (random() % 4) {
      case 0:
        text.insert(at, pieces[random() % pieces.size()]);
        break;
      case 1:
        text.erase(at, random() % 8);
        break;
      case 2:
        text.resize(at);
        break;
      default:
        if (!text.empty())
          text[at] = static_cast<char>(random());
    }
  }
  return text;
}

TEST(json_codec, whatever_it_reads_it_writes_and_reads_again_alike) {
  int accepted = 0;
  int refused = 0;
  for (std::uint64_t seed = 1; seed <= 20'000; ++seed) {
    std::mt19937_64 random{seed};
    const auto original = random_message(random);
    const auto text = damaged(to_json(*original), random);
    const std::unique_ptr<Message> read(original->New());
    const json_read_options options{.snake_case = seed % 3 == 0, .ignore_unknown = seed % 2 == 0};
    if (const auto outcome = from_json(text, *read, options); !outcome) {
      ++refused;
      ASSERT_EQ(outcome.error().code, errc::bad_request);
      ASSERT_FALSE(outcome.error().detail.empty());
      continue;
    }
    ++accepted;
    const auto written = to_json(*read);
    const std::unique_ptr<Message> again(original->New());
    const auto outcome = from_json(written, *again);
    ASSERT_TRUE(outcome) << "seed " << seed << ": " << outcome.error().detail << "\n" << written;
    ASSERT_EQ(to_json(*again), written) << "seed " << seed;
  }
  EXPECT_GT(accepted, 500);
  EXPECT_GT(refused, 5'000);
}

void write_and_read_all(const google::protobuf::FileDescriptor& file,
                        std::set<const google::protobuf::FileDescriptor*>& seen) {
  if (!file.package().starts_with("troupe") || !seen.insert(&file).second)
    return;
  for (int i = 0; i < file.dependency_count(); ++i)
    write_and_read_all(*file.dependency(i), seen);
  for (int i = 0; i < file.message_type_count(); ++i) {
    const auto& type = *file.message_type(i);
    const std::unique_ptr<Message> message(
        google::protobuf::MessageFactory::generated_factory()->GetPrototype(&type)->New());
    const auto text = to_json(*message);
    const auto outcome = from_json(text, *message);
    EXPECT_TRUE(outcome) << type.full_name() << ": " << outcome.error().detail;
    EXPECT_EQ(to_json(*message), text) << type.full_name();
  }
}

// Options that do not fit their field end the process when the plan is made: here, not in service.
TEST(json_codec, every_message_of_the_program_can_be_written_and_read) {
  std::set<const google::protobuf::FileDescriptor*> seen;
  for (const auto* type : {AgentSelf::descriptor(), CaRoots::descriptor(), Command::descriptor(),
                           Config::descriptor(), tests::EveryKind::descriptor()})
    write_and_read_all(*type->file(), seen);
  EXPECT_GE(seen.size(), 8U);
}

TEST(json_codec, pretty_and_compact_differ_in_blanks_alone) {
  const auto without_blanks = [](std::string_view text) {
    std::string out;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '"' && (i == 0 || text[i - 1] != '\\'))
        quoted = !quoted;
      if (quoted || (text[i] != ' ' && text[i] != '\n'))
        out += text[i];
    }
    return out;
  };
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    std::mt19937_64 random{seed};
    CheckServiceNode message;
    tests::fill_at_random(message, random, 3);
    auto compact = to_json(message);
    // A backslash before a quote that ends a text would mislead the simple scan above.
    if (compact.find(R"(\\")") != std::string::npos)
      continue;
    ASSERT_EQ(without_blanks(to_json(message, true)), compact) << "seed " << seed;
  }
}

}  // namespace
}  // namespace troupe::messages
