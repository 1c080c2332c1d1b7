#include "tests/support/transcript.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

namespace troupe::tests {

namespace {

constexpr auto rule = "----";

command parse(const std::string& line) {
  command parsed;
  std::istringstream words(line);
  words >> parsed.name;
  for (std::string word; words >> word;) {
    const auto equals = word.find('=');
    if (equals == std::string::npos)
      parsed.words.push_back(word);
    else
      parsed.values[word.substr(0, equals)] = word.substr(equals + 1);
  }
  return parsed;
}

std::string trimmed(std::string text) {
  while (!text.empty() && text.back() == '\n')
    text.pop_back();
  return text;
}

bool is_command(const std::string& line) {
  return !line.empty() && line.front() != '#';
}

}  // namespace

std::string command::value(const std::string& key, const std::string& otherwise) const {
  const auto found = values.find(key);
  return found == values.end() ? otherwise : found->second;
}

long command::number(const std::string& key, long otherwise) const {
  const auto found = values.find(key);
  return found == values.end() ? otherwise : std::strtol(found->second.c_str(), nullptr, 10);
}

void run_transcript(const std::string& file,
                    const std::function<std::string(const command&)>& answer) {
  const auto path = std::string(TROUPE_SOURCE_DIR) + "/" + file;
  std::ifstream in(path);
  ASSERT_TRUE(in) << "no transcript " << file;
  std::ostringstream rewritten;
  std::string line;
  int number = 0;
  while (std::getline(in, line)) {
    ++number;
    rewritten << line << "\n";
    if (!is_command(line))
      continue;
    const int command_at = number;
    const auto actual = trimmed(answer(parse(line)));
    std::string expected;
    if (std::getline(in, line) && ++number && line == rule) {
      while (std::getline(in, line) && ++number && !line.empty())
        expected += line + "\n";
    }
    EXPECT_EQ(actual, trimmed(expected)) << file << ":" << command_at;
    rewritten << rule << "\n" << actual << (actual.empty() ? "\n" : "\n\n");
  }
  in.close();
  if (std::getenv("UPDATE_TRANSCRIPTS"))
    std::ofstream(path) << rewritten.str();
}

}  // namespace troupe::tests
