// Cuts HCL into tokens.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace troupe::messages::hcl {

enum class token_kind {
  end,
  identifier,  // also true and false
  integer,
  number,
  text,  // unescaped; a heredoc too
  assign,
  comma,
  open_brace,
  close_brace,
  open_bracket,
  close_bracket,
  illegal,  // `text` says why
};

struct place {
  std::size_t line = 1;
  std::size_t column = 1;  // in bytes
};

struct token {
  token_kind is = token_kind::end;
  std::string text;
  place where;
};

class hcl_scanner {
 public:
  explicit hcl_scanner(std::string_view text);

  // After the end or an illegal token, the same again.
  token next();

 private:
  bool skip_blanks(std::string& why);
  bool skip_comment(std::string& why);
  token scan(place where);
  token word(place where);
  token number(place where);
  token quoted(place where);
  token heredoc(place where);
  bool escape(std::string& out, std::string& why);
  bool interpolation(std::string& out, std::string& why);

  bool at_end() const { return at_ == text_.size(); }
  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  void advance();

  std::string_view text_;
  std::size_t at_ = 0;
  place here_;
};

}  // namespace troupe::messages::hcl
