#include "gateway/http/ui_files.hpp"

#include <array>
#include <filesystem>
#include <fstream>
#include <optional>
#include <system_error>

#include <openssl/evp.h>
#include <openssl/sha.h>

#include "gateway/ui/page.hpp"

namespace troupe::gateway {

namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t file_bytes_max = 16 << 20;  // read as a whole, on the I/O thread

// The text between the first <tag> and </tag>, as a browser hashes it.
std::string_view element(std::string_view page, std::string_view tag) {
  const auto open = "<" + std::string(tag) + ">";
  const auto start = page.find(open);
  if (start == std::string_view::npos)
    return {};
  const auto inside = page.substr(start + open.size());
  return inside.substr(0, inside.find("</" + std::string(tag) + ">"));
}

std::string hash_source(std::string_view text) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  std::array<unsigned char, 4 * ((SHA256_DIGEST_LENGTH + 2) / 3) + 1> base64{};
  EVP_EncodeBlock(base64.data(), digest.data(), SHA256_DIGEST_LENGTH);
  return "'sha256-" + std::string(reinterpret_cast<const char*>(base64.data())) + "'";
}

// Only this script and this style run; no other origin gives the page anything or frames it.
const std::string& policy() {
  static const std::string made =
      "default-src 'none'; script-src " + hash_source(element(ui::page(), "script")) +
      "; style-src " + hash_source(element(ui::page(), "style")) +
      "; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
      "frame-ancestors 'none'";
  return made;
}

std::string_view type_of(std::string_view name) {
  constexpr std::pair<std::string_view, std::string_view> types[] = {
      {".html", "text/html; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".json", "application/json"},
      {".svg", "image/svg+xml"},
      {".png", "image/png"},
      {".ico", "image/x-icon"},
      {".woff2", "font/woff2"},
      {".wasm", "application/wasm"},
      {".txt", "text/plain; charset=utf-8"}};
  for (const auto& [ending, type] : types)
    if (name.ends_with(ending))
      return type;
  return "application/octet-stream";
}

std::optional<std::string> read_whole(const fs::path& file) {
  std::error_code failed;
  if (!fs::is_regular_file(file, failed) || fs::file_size(file, failed) > file_bytes_max || failed)
    return std::nullopt;
  std::ifstream in(file, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (!in)
    return std::nullopt;
  return text;
}

// The file's real place, with every link followed, if it is inside the folder.
std::optional<fs::path> inside(const fs::path& folder, std::string_view name) {
  std::error_code failed;
  const auto root = fs::canonical(folder, failed);
  if (failed)
    return std::nullopt;
  const auto file = fs::canonical(root / fs::path(name).relative_path(), failed);
  if (failed)
    return std::nullopt;
  const auto relative = file.lexically_relative(root);
  if (relative.empty() || *relative.begin() == "..")
    return std::nullopt;
  return file;
}

api_response page_response(std::string_view type, std::string body) {
  api_response response;
  response.content_type = type;
  response.body = std::move(body);
  response.header("X-Content-Type-Options", "nosniff").header("Referrer-Policy", "no-referrer");
  return response;
}

}  // namespace

api_response ui_file(std::string_view path, const gateway_options& options) {
  if (options.ui_dir.empty()) {
    auto response = page_response("text/html; charset=utf-8", std::string(ui::page()));
    response.header("Content-Security-Policy", policy());
    return response;
  }
  auto name = path.substr(std::min(options.ui_content_path.size(), path.size()));
  for (const std::string_view candidate : {name, std::string_view("index.html")})
    if (const auto file = candidate.empty() ? std::nullopt : inside(options.ui_dir, candidate))
      if (auto text = read_whole(*file))
        return page_response(type_of(file->native()), std::move(*text));
  return text_response(404, "404 page not found\n");
}

}  // namespace troupe::gateway
