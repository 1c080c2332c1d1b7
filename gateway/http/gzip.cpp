#include "gateway/http/gzip.hpp"

#include <algorithm>

#include <zlib.h>

namespace troupe::gateway {

std::optional<std::string> gzip(std::string_view text) {
  constexpr int window_bits_of_gzip = 15 + 16;
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, window_bits_of_gzip, 8, Z_DEFAULT_STRATEGY) !=
      Z_OK)
    return std::nullopt;
  std::string out(deflateBound(&stream, text.size()), '\0');
  // zlib's interface is not const but only reads.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int outcome = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (outcome != Z_STREAM_END)
    return std::nullopt;
  return out;
}

bool takes_gzip(std::string_view accept_encoding) {
  while (!accept_encoding.empty()) {
    auto part = accept_encoding.substr(0, accept_encoding.find(','));
    accept_encoding.remove_prefix(std::min(accept_encoding.size(), part.size() + 1));
    part.remove_prefix(std::min(part.find_first_not_of(" \t"), part.size()));
    const auto name = part.substr(0, part.find_first_of(" \t;"));
    if (name != "gzip" && name != "*")
      continue;
    const auto weight = part.find("q=");
    // "q=0", "q=0.000": not acceptable.
    return weight == std::string_view::npos ||
           part.substr(weight + 2).find_first_not_of("0. \t") != std::string_view::npos;
  }
  return false;
}

}  // namespace troupe::gateway
