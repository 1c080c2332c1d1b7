#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "deploy/agent/agent_config.hpp"
#include "deploy/agent/agent_text.hpp"
#include "messages/hcl/fill.hpp"
#include "messages/hcl/hcl.hpp"

namespace troupe::agent {

namespace {

namespace fs = std::filesystem;
using messages::Config;
using messages::errc;
using messages::failure;
using messages::result;

bool has_format(const fs::path& path, const std::string& format) {
  return !format.empty() || path.extension() == ".hcl" || path.extension() == ".json";
}

failure cannot_open(const std::string& path, const std::string& why) {
  return {errc::bad_request, "config: Open failed on " + path + ". " + why};
}

result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file)
    return cannot_open(path, std::strerror(errno));
  std::string text;
  text.resize(messages::limits::config_file_bytes_max + 1);
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad())
    return cannot_open(path, std::strerror(errno));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > messages::limits::config_file_bytes_max)
    return failure{errc::bad_request, path + " has more than " +
                                          std::to_string(messages::limits::config_file_bytes_max) +
                                          " bytes"};
  return text;
}

// The files of a directory that are configuration, by name. Subdirectories are not looked into.
result<std::vector<std::string>> files_of(const fs::path& directory, const std::string& format) {
  std::vector<std::string> files;
  std::error_code why;
  fs::directory_iterator entry(directory, why);
  for (; !why && entry != fs::directory_iterator(); entry.increment(why)) {
    std::error_code ignored;
    if (!entry->is_directory(ignored) && has_format(entry->path(), format))
      files.push_back(entry->path().string());
    if (files.size() > messages::limits::config_files_max)
      return failure{errc::bad_request, directory.string() + " has more than " +
                                            std::to_string(messages::limits::config_files_max) +
                                            " files"};
  }
  if (why)
    return cannot_open(directory.string(), why.message());
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

result<Config> parse_config_text(const std::string& name, const std::string& text, bool json) {
  const auto failed = [&](const failure& why) {
    return failure{errc::bad_request, "failed to parse " + name + ": " + why.detail};
  };
  const auto tree = json ? messages::hcl::parse_json(text) : messages::hcl::parse_hcl(text);
  if (!tree)
    return failed(tree.error());
  Config out;
  if (const auto filled = messages::hcl::fill(*tree, out); !filled)
    return failed(filled.error());
  // `service` and `check` are lists of one: a later file adds to them.
  if (out.has_service()) {
    *out.add_services() = std::move(*out.mutable_service());
    out.clear_service();
  }
  if (out.has_check()) {
    *out.add_checks() = std::move(*out.mutable_check());
    out.clear_check();
  }
  return out;
}

result<Config> load_config_paths(const std::vector<std::string>& paths, const std::string& format,
                                 std::vector<std::string>& skipped) {
  std::vector<std::string> files;
  for (const auto& path : paths) {
    std::error_code why;
    if (fs::is_directory(path, why)) {
      auto inside = files_of(path, format);
      if (!inside)
        return inside.error();
      files.insert(files.end(), inside->begin(), inside->end());
    } else if (!fs::exists(path, why)) {
      return cannot_open(path, "open " + path + ": no such file or directory");
    } else if (has_format(path, format)) {
      files.push_back(path);
    } else {
      skipped.push_back("skipping file " + path +
                        ", extension must be .hcl or .json, or config format must be set");
    }
  }
  Config merged;
  for (const auto& file : files) {
    const auto text = read_file(file);
    if (!text)
      return text.error();
    const bool json = format.empty() ? file.ends_with(".json") : format == "json";
    const auto parsed = parse_config_text(file, *text, json);
    if (!parsed)
      return parsed.error();
    merged.MergeFrom(*parsed);
  }
  return merged;
}

}  // namespace troupe::agent
