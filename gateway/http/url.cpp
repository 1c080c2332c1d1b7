#include "gateway/http/url.hpp"

#include <algorithm>
#include <cctype>

namespace troupe::gateway {

namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return -1;
}

void query_escape(std::string_view text, std::string& out) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '-' || c == '_' || c == '.' || c == '~') {
      out += c;
    } else if (c == ' ') {
      out += '+';
    } else {
      out += '%';
      out += digits[byte >> 4];
      out += digits[byte & 15];
    }
  }
}

}  // namespace

bool percent_decode(std::string_view text, bool plus_is_blank, std::string& out) {
  out.clear();
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_blank) {
      out += ' ';
    } else if (text[i] == '%') {
      if (i + 2 >= text.size())
        return false;
      const int high = hex_value(text[i + 1]);
      const int low = hex_value(text[i + 2]);
      if (high < 0 || low < 0)
        return false;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return true;
}

bool parse_query(std::string_view text, std::vector<query_parameter>& out) {
  bool good = true;
  while (!text.empty()) {
    const auto pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), pair.size() + 1));
    if (pair.empty())
      continue;
    const auto split = pair.find('=');
    query_parameter parsed;
    // Go refuses a semicolon as a separator and as a part of a pair.
    good = pair.find(';') == std::string_view::npos && good;
    good = percent_decode(pair.substr(0, split), true, parsed.name) && good;
    if (split != std::string_view::npos)
      good = percent_decode(pair.substr(split + 1), true, parsed.value) && good;
    out.push_back(std::move(parsed));
  }
  return good;
}

std::string encode_query(std::vector<query_parameter> query) {
  std::stable_sort(query.begin(), query.end(),
                   [](const auto& a, const auto& b) { return a.name < b.name; });
  std::string out;
  for (const auto& each : query) {
    if (!out.empty())
      out += '&';
    query_escape(each.name, out);
    out += '=';
    query_escape(each.value, out);
  }
  return out;
}

std::string clean_path(std::string_view path) {
  std::string out;
  out.reserve(path.size() + 1);
  std::size_t at = 0;
  while (at <= path.size()) {
    const auto end = std::min(path.find('/', at), path.size());
    const auto segment = path.substr(at, end - at);
    at = end + 1;
    if (segment.empty() || segment == ".")
      continue;
    if (segment == "..") {
      out.resize(out.empty() ? 0 : out.rfind('/'));
      continue;
    }
    out += '/';
    out += segment;
  }
  if (out.empty() || path.ends_with('/'))
    out += '/';
  return out;
}

bool is_clean(std::string_view path) {
  if (!path.starts_with('/'))
    return false;
  // Looked at without copying: nearly every path is clean.
  for (auto at = path.find('/'); at != std::string_view::npos; at = path.find('/', at + 1)) {
    const auto rest = path.substr(at + 1);
    if (rest.starts_with('/') || rest == "." || rest == ".." || rest.starts_with("./") ||
        rest.starts_with("../"))
      return false;
  }
  return true;
}

bool has_control_characters(std::string_view decoded_path) {
  return std::any_of(decoded_path.begin(), decoded_path.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

}  // namespace troupe::gateway
