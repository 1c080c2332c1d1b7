// What Consul 1.22.7 answers, as transcripts. Records of a section are sorted here: their order is
// drawn.
#include <algorithm>
#include <map>

#include <gtest/gtest.h>

#include "gateway/dns/wire_message.hpp"
#include "tests/gateway/dns/zone.hpp"
#include "tests/support/transcript.hpp"

namespace troupe::gateway::dns {
namespace {

using tests::command;

const std::map<std::string, record_type> types{{"A", record_type::a},
                                               {"AAAA", record_type::aaaa},
                                               {"SRV", record_type::srv},
                                               {"TXT", record_type::txt},
                                               {"ANY", record_type::any},
                                               {"CNAME", record_type::cname},
                                               {"SOA", record_type::soa},
                                               {"NS", record_type::ns},
                                               {"PTR", record_type::ptr},
                                               {"AXFR", record_type::axfr},
                                               {"MX", static_cast<record_type>(15)},
                                               {"CAA", static_cast<record_type>(257)}};

class player {
 public:
  std::string run(const command& given) {
    if (given.name == "zone")
      return zone(given);
    if (given.name == "set")
      return set(given);
    if (given.name == "node")
      return node(given);
    if (given.name == "instance")
      return instance(given);
    return given.name == "ask" ? ask(given) : "unknown command " + given.name;
  }

 private:
  std::string zone(const command& given) {
    zone_ = {};
    if (const auto alt = given.value("alt"); !alt.empty())
      zone_.settings.domains.push_back(*make_domain(alt));
    return "";
  }

  std::string set(const command& given) {
    auto& to = zone_.settings;
    const auto is = [&](const char* key, bool otherwise) {
      return given.value(key, otherwise ? "true" : "false") == "true";
    };
    to.node_ttl_s = static_cast<std::uint32_t>(given.number("node_ttl", to.node_ttl_s));
    to.only_passing = is("only_passing", to.only_passing);
    to.enable_truncate = is("enable_truncate", to.enable_truncate);
    to.compress = is("compress", to.compress);
    to.node_meta_txt = is("node_meta_txt", to.node_meta_txt);
    to.a_record_limit = static_cast<int>(given.number("a_record_limit", to.a_record_limit));
    to.udp_answer_limit = static_cast<int>(given.number("udp_answer_limit", to.udp_answer_limit));
    to.soa.min_ttl_s = static_cast<std::uint32_t>(given.number("soa_min_ttl", to.soa.min_ttl_s));
    if (given.value("recursors") == "true")
      to.recursors.push_back({});
    for (const auto& [key, value] : given.values)
      if (key.starts_with("ttl_of_"))
        to.service_ttls.push_back(
            make_service_ttl(key.substr(7), static_cast<std::uint32_t>(std::stoul(value))));
    order_ttls(to.service_ttls);
    return "";
  }

  std::string node(const command& given) {
    auto& made = zone_.node(given.word(0), given.word(1));
    for (const auto& [key, value] : given.values)
      (*made.mutable_meta())[key] = value;
    return "";
  }

  // instance SERVICE NODE [ADDRESS] port= tag= status= weights=PASSING/WARNING times=
  std::string instance(const command& given) {
    for (long i = 0; i < given.number("times", 1); ++i) {
      auto address = given.word(2);
      if (given.number("times", 1) > 1)
        address += "." + std::to_string(i + 1);
      auto& made =
          *zone_.instance(given.word(0), given.word(1), address, given.value("status", "passing"))
               .mutable_service();
      made.set_port(static_cast<int>(given.number("port", 80)));
      if (const auto tag = given.value("tag"); !tag.empty())
        made.add_tags(tag);
      const auto weights = given.value("weights");
      if (const auto slash = weights.find('/'); slash != std::string::npos) {
        made.mutable_weights()->set_passing(std::stoi(weights.substr(0, slash)));
        made.mutable_weights()->set_warning(std::stoi(weights.substr(slash + 1)));
      }
    }
    return "";
  }

  // ask NAME TYPE [tcp] [count] udp=SIZE class=
  std::string ask(const command& given) {
    const auto has = [&](const char* word) {
      return std::ranges::find(given.words, word) != given.words.end();
    };
    tests::question_text asked;
    asked.name = given.word(0);
    asked.type = types.at(given.word(1));
    asked.flags = has("norecurse") ? 0 : flag_recursion_desired;
    asked.in_class = static_cast<std::uint16_t>(given.number("class", 1));
    asked.udp_bytes = static_cast<int>(given.number("udp"));
    if (has("subnet"))
      asked.subnet = {0, 1, 24, 0, 192, 0, 2};
    const auto reply = zone_.ask(tests::packet_of(asked), has("tcp"));
    if (reply.empty())
      return "silence";
    auto lines = lines_of(reply);
    if (lines.empty())
      return "unreadable";
    if (has("count"))
      return counted(lines, reply.size());
    std::sort(lines.begin() + 1, lines.end());
    std::string text;
    for (auto& line : lines)
      text += line + "\n";
    std::ranges::replace(text, '\t', ' ');
    return text;
  }

  static std::string counted(const std::vector<std::string>& lines, std::size_t bytes) {
    std::map<std::string, int> sections;
    for (std::size_t i = 1; i < lines.size(); ++i)
      ++sections[lines[i].substr(0, lines[i].find(' '))];
    std::string text = lines.front();
    for (const auto& [name, count] : sections)
      text += " " + name + "=" + std::to_string(count);
    return text + (bytes <= 512 ? " within 512" : bytes <= 1232 ? " within 1232" : " large") + "\n";
  }

  tests::dns_zone zone_;
};

class recorded : public testing::TestWithParam<const char*> {};

TEST_P(recorded, answers_as_consul_did) {
  player plays;
  tests::run_transcript(std::string("tests/data/dns/") + GetParam() + ".txt",
                        [&](const command& given) { return plays.run(given); });
}

INSTANTIATE_TEST_SUITE_P(dns, recorded,
                         testing::Values("nodes", "services", "zone", "sizes", "elsewhere"));

}  // namespace
}  // namespace troupe::gateway::dns
