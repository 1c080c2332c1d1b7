#include "gateway/dns/question.hpp"

#include <random>

#include <gtest/gtest.h>

#include "gateway/dns/wire_message.hpp"
#include "tests/gateway/dns/zone.hpp"

namespace troupe::gateway::dns {
namespace {

using bytes = std::vector<std::uint8_t>;

bytes asked(const std::string& name) {
  return tests::packet_of({.name = name});
}

verdict read(const bytes& packet) {
  question out;
  return read_question(packet, out);
}

TEST(question, is_read_with_its_options) {
  tests::question_text text{.name = "Web.service.consul", .type = record_type::srv};
  text.udp_bytes = 1232;
  text.subnet = {0, 1, 24, 0, 192, 0, 2};
  const auto packet = tests::packet_of(text);
  question out;
  ASSERT_EQ(read_question(packet, out), verdict::answer);
  EXPECT_EQ(out.id, 0x1234);
  EXPECT_EQ(out.type, record_type::srv);
  ASSERT_EQ(out.labels().size(), 3U);
  EXPECT_EQ(out.labels()[0], "Web");
  EXPECT_EQ(out.name.size(), 20U);
  EXPECT_TRUE(out.edns.present);
  EXPECT_EQ(out.edns.udp_bytes_max, 1232);
  EXPECT_EQ(out.edns.subnet.size(), 7U);
}

TEST(question, keeps_nothing_of_the_one_before) {
  question out;
  read_question(tests::packet_of({.name = "a.b.c.consul", .udp_bytes = 1232}), out);
  const auto next = asked("d.consul");
  ASSERT_EQ(read_question(next, out), verdict::answer);
  EXPECT_EQ(out.labels().size(), 2U);
  EXPECT_FALSE(out.edns.present);
  auto broken = asked("d.consul");
  broken.resize(14);
  EXPECT_EQ(read_question(broken, out), verdict::format_error);
  EXPECT_TRUE(out.section.empty());
}

TEST(question, is_not_seen_in_what_is_none) {
  EXPECT_EQ(read({}), verdict::silence);
  EXPECT_EQ(read(bytes(11)), verdict::silence);
  auto response = asked("a.consul");
  response[2] |= 0x80;
  EXPECT_EQ(read(response), verdict::silence);
}

TEST(question, of_another_kind_is_not_implemented) {
  for (const unsigned opcode : {1U, 2U, 4U, 5U, 6U, 15U}) {
    auto packet = asked("a.consul");
    packet[2] = static_cast<std::uint8_t>(opcode << 3);
    EXPECT_EQ(read(packet), verdict::not_implemented) << opcode;
  }
  EXPECT_EQ(read(tests::packet_of({.name = "consul", .type = record_type::axfr})),
            verdict::not_implemented);
  EXPECT_EQ(read(tests::packet_of({.name = "consul", .in_class = 3})), verdict::refused);
}

TEST(question, must_be_one) {
  auto none = asked("a.consul");
  none[5] = 0;
  EXPECT_EQ(read(none), verdict::format_error);
  auto two = asked("a.consul");
  two[5] = 2;
  EXPECT_EQ(read(two), verdict::format_error);
}

TEST(question, with_a_broken_name_is_a_format_error) {
  auto pointer_to_itself = asked("a.consul");
  pointer_to_itself[12] = 0xc0;
  pointer_to_itself[13] = 12;
  EXPECT_EQ(read(pointer_to_itself), verdict::format_error);
  auto long_label = asked("a.consul");
  long_label[12] = 64;
  EXPECT_EQ(read(long_label), verdict::format_error);
  auto without_end = asked("a.consul");
  without_end.resize(15);
  EXPECT_EQ(read(without_end), verdict::format_error);
  bytes many(12, 0);
  many[5] = 1;
  for (int i = 0; i < 2000; ++i) {
    many.push_back(1);
    many.push_back('a');
  }
  EXPECT_EQ(read(many), verdict::format_error);
}

TEST(question, of_127_labels_is_read_and_of_128_is_not) {
  const auto labels = [](int count) {
    bytes packet(12, 0);
    packet[5] = 1;
    for (int i = 0; i < count; ++i)
      packet.insert(packet.end(), {1, 'a'});
    packet.insert(packet.end(), {0, 0, 1, 0, 1});
    return packet;
  };
  EXPECT_EQ(read(labels(127)), verdict::answer);
  EXPECT_EQ(read(labels(128)), verdict::format_error);
}

TEST(question, with_broken_options_is_a_format_error) {
  auto packet = tests::packet_of({.name = "a.consul", .udp_bytes = 1232});
  packet.back() = 9;  // an option's bytes that are not there
  EXPECT_EQ(read(packet), verdict::format_error);
  packet.pop_back();
  EXPECT_EQ(read(packet), verdict::format_error);
  auto version = tests::packet_of({.name = "a.consul", .udp_bytes = 1232});
  version[version.size() - 5] = 1;
  EXPECT_EQ(read(version), verdict::bad_version);
}

TEST(question, with_a_subnet_that_is_none_is_read_without_it) {
  for (const bytes& subnet : {bytes{0, 1, 33, 0, 1, 2, 3, 4, 5}, bytes{0, 3, 0, 0},
                              bytes{0, 1, 24, 0, 1, 2}, bytes{0, 1, 24, 8, 1, 2, 3}}) {
    tests::question_text text{.name = "a.consul", .udp_bytes = 1232};
    text.subnet = subnet;
    const auto packet = tests::packet_of(text);
    question out;
    EXPECT_EQ(read_question(packet, out), verdict::answer);
    EXPECT_TRUE(out.edns.subnet.empty());
  }
}

TEST(question, cut_anywhere_never_crashes_and_never_reads_behind_its_end) {
  tests::question_text text{.name = "web.service.consul", .udp_bytes = 1232};
  text.subnet = {0, 1, 24, 0, 192, 0, 2};
  const auto whole = tests::packet_of(text);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    const auto outcome = read(cut);
    EXPECT_EQ(outcome, size < header_bytes ? verdict::silence : verdict::format_error) << size;
  }
}

// -- whole answers to hostile packets --------------------------------------------------

TEST(answers, to_random_packets_stay_within_the_limit_and_can_be_read) {
  tests::dns_zone zone;
  zone.node("n1", "127.0.0.1");
  for (int i = 0; i < 40; ++i)
    zone.instance("web", "n1", "10.0.0." + std::to_string(i + 1), "passing");
  std::mt19937 random{6};
  const bytes models[] = {
      tests::packet_of({.name = "web.service.consul", .type = record_type::srv}),
      tests::packet_of({.name = "web.service.consul", .udp_bytes = 600}),
      tests::packet_of({.name = "consul", .type = record_type::soa})};
  int answered = 0;
  for (int round = 0; round < 100'000; ++round) {
    auto packet = models[random() % 3];
    for (auto changes = random() % 4; changes > 0; --changes)
      packet[2 + random() % (packet.size() - 2)] = static_cast<std::uint8_t>(random());
    if (random() % 8 == 0)
      packet.resize(random() % packet.size());
    const auto reply = zone.ask(packet);
    if (reply.empty())
      continue;
    ++answered;
    ASSERT_LE(reply.size(), 4096U);
    ASSERT_FALSE(lines_of(reply).empty()) << "round " << round;
    ASSERT_EQ(reply[0], packet[0]);
    ASSERT_NE(reply[2] & 0x80, 0);
  }
  EXPECT_GT(answered, 50'000);
}

TEST(answers, that_are_failures_are_no_longer_than_what_was_asked_and_its_options) {
  tests::dns_zone zone;
  auto update = asked("consul");
  update[2] = 5 << 3;
  EXPECT_EQ(zone.ask(update).size(), header_bytes);
  const auto transfer = tests::packet_of({.name = "consul", .type = record_type::axfr});
  EXPECT_EQ(zone.ask(transfer).size(), transfer.size());
  const auto elsewhere = tests::packet_of({.name = "example.com", .udp_bytes = 4096});
  EXPECT_EQ(zone.ask(elsewhere).size(), elsewhere.size());
}

}  // namespace
}  // namespace troupe::gateway::dns
