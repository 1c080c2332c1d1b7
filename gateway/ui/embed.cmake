# cmake -DIN=index.html -DOUT=page.cpp -P embed.cmake: a file as a C++ array. Bytes, for a literal may
# not be longer than 64 KiB.
file(READ ${IN} bytes HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
string(REGEX REPLACE "(0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,)"
  "\\1\n" bytes "${bytes}")
file(WRITE ${OUT} "#include \"gateway/ui/page.hpp\"

namespace troupe::gateway::ui {

namespace {

constexpr unsigned char bytes[] = {
${bytes}};

}  // namespace

std::string_view page() {
  return {reinterpret_cast<const char*>(bytes), sizeof bytes};
}

}  // namespace troupe::gateway::ui
")
