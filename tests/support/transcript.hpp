// Tests a person can read: a file of commands and what each is expected to answer.
//
//   # A comment explains the next case.
//   elect s1
//   ----
//   s1 leads term 1
//                       (an empty line ends the expected answer)
//
// A command is a name and arguments `key=value` or bare words. With UPDATE_TRANSCRIPTS=1 in the
// environment the answers in the file are replaced by the actual ones; the diff is then reviewed.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace troupe::tests {

struct command {
  std::string name;
  std::vector<std::string> words;             // without `=`, in order
  std::map<std::string, std::string> values;  // key=value

  std::string word(std::size_t at) const { return at < words.size() ? words[at] : ""; }
  std::string value(const std::string& key, const std::string& otherwise = "") const;
  long number(const std::string& key, long otherwise = 0) const;
};

// `file` is a path from the repository's root. Differences are reported as test failures, with line
// numbers.
void run_transcript(const std::string& file,
                    const std::function<std::string(const command&)>& answer);

}  // namespace troupe::tests
