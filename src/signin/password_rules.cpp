// Which passwords are refused. A list of the most used ones is mostly a few hundred words with the same changes made
// to them, so the words are listed and the changes undone.
#include <algorithm>
#include <array>
#include <cctype>

#include "base/strings.h"
#include "signin/password.h"

namespace signin {
namespace {

// Without the changes: lower case, letters for look-alike digits, nothing but letters at either end.
constexpr std::array kCommonWords = {
    "password",       "passwort",    "passw",     "pass",          "passcode",   "passphrase", "parola",
    "motdepasse",     "contrasena",  "senha",     "wachtwoord",    "haslo",      "heslo",      "kennwort",
    "secret",         "geheim",      "letmein",   "openup",        "welcome",    "willkommen", "bienvenue",
    "hello",          "hallo",       "admin",     "administrator", "adminadmin", "root",       "rootroot",
    "toor",           "superuser",   "sysadmin",  "operator",      "manager",    "guest",      "user",
    "username",       "login",       "logmein",   "default",       "changeme",   "change",     "changeit",
    "temp",           "temporary",   "test",      "testtest",      "tester",     "testing",    "demo",
    "example",        "sample",      "qwerty",    "qwertz",        "azerty",     "qwertyuiop", "qwertzuiop",
    "asdf",           "asdfgh",      "asdfghjkl", "zxcvbn",        "zxcvbnm",    "yxcvbnm",    "qazwsx",
    "qazwsxedc",      "abc",         "abcabc",    "abcd",          "abcdef",     "abcdefg",    "abcdefgh",
    "iloveyou",       "ilovyou",     "loveyou",   "lovely",        "love",       "lover",      "princess",
    "prince",         "sunshine",    "monkey",    "dragon",        "football",   "baseball",   "basketball",
    "hockey",         "soccer",      "liverpool", "arsenal",       "chelsea",    "barcelona",  "realmadrid",
    "juventus",       "master",      "mustang",   "shadow",        "superman",   "batman",     "spiderman",
    "ironman",        "starwars",    "trustno",   "whatever",      "freedom",    "ninja",      "samurai",
    "hunter",         "killer",      "pokemon",   "pikachu",       "naruto",     "minecraft",  "fortnite",
    "nintendo",       "playstation", "xbox",      "computer",      "internet",   "google",     "facebook",
    "twitter",        "instagram",   "linkedin",  "youtube",       "microsoft",  "windows",    "linux",
    "ubuntu",         "debian",      "oracle",    "cisco",         "mysql",      "postgres",   "server",
    "database",       "terraform",   "runbridge", "michael",       "michelle",   "jennifer",   "jessica",
    "jordan",         "thomas",      "daniel",    "andrew",        "charlie",    "joshua",     "matthew",
    "robert",         "nicole",      "ashley",    "amanda",        "anthony",    "william",    "alexander",
    "samantha",       "elizabeth",   "martin",    "george",        "maggie",     "buster",     "harley",
    "ranger",         "cheese",      "chocolate", "banana",        "orange",     "purple",     "yellow",
    "silver",         "golden",      "diamond",   "summer",        "winter",     "spring",     "autumn",
    "sommer",         "january",     "february",  "march",         "april",      "june",       "july",
    "august",         "september",   "october",   "november",      "december",   "monday",     "tuesday",
    "wednesday",      "thursday",    "friday",    "saturday",      "sunday",     "london",     "paris",
    "berlin",         "madrid",      "newyork",   "america",       "england",    "germany",    "deutschland",
    "canada",         "australia",   "butterfly", "flower",        "blink",      "blinkblink", "angel",
    "angels",         "babygirl",    "baby",      "family",        "forever",    "friends",    "jesus",
    "jesuschrist",    "christ",      "blessed",   "heaven",        "fuckyou",    "fuckoff",    "asshole",
    "bitch",          "biteme",      "access",    "accessdenied",  "matrix",     "phoenix",    "thunder",
    "tigger",         "tiger",       "ferrari",   "porsche",       "mercedes",   "corvette",   "yamaha",
    "harleydavidson", "cookie",      "pepper",    "ginger",        "snoopy",     "scooter",    "soccerball",
    "company",        "corporate",   "office",    "security",      "secure",     "private",    "network",
};

constexpr std::array<std::string_view, 10> kRows = {"qwertyuiop",
                                                    "qwertzuiop",
                                                    "azertyuiop",
                                                    "asdfghjkl",
                                                    "zxcvbnm",
                                                    "yxcvbnm",
                                                    "1234567890",
                                                    "0987654321",
                                                    "abcdefghijklmnopqrstuvwxyz",
                                                    "1qaz2wsx3edc4rfv5tgb6yhn7ujm"};

char plain_letter(char c) {
  switch (c) {
    case '0': return 'o';
    case '1': return 'i';
    case '3': return 'e';
    case '4':
    case '@': return 'a';
    case '5':
    case '$': return 's';
    case '7': return 't';
    case '!': return 'i';
    default: return c;
  }
}

bool is_letter(char c) { return c >= 'a' && c <= 'z'; }

std::string_view only_middle(std::string_view text) {
  while (!text.empty() && !is_letter(text.front())) text.remove_prefix(1);
  while (!text.empty() && !is_letter(text.back())) text.remove_suffix(1);
  return text;
}

std::string with_letters(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), plain_letter);
  return out;
}

bool is_common_word(std::string_view text) {
  return std::find(kCommonWords.begin(), kCommonWords.end(), text) != kCommonWords.end();
}

// "aaaaaaaa", "abcabcabc": a piece of at most four characters over and over.
bool is_repetition(std::string_view text) {
  for (std::size_t piece = 1; piece <= 4 && piece * 2 <= text.size(); ++piece) {
    bool repeats = true;
    for (std::size_t i = piece; i < text.size() && repeats; ++i) repeats = text[i] == text[i - piece];
    if (repeats) return true;
  }
  return false;
}

// "12345678", "qwertyui1234": nothing but pieces of three or more neighbouring keys.
bool is_keyboard_walk(std::string_view text) {
  while (!text.empty()) {
    std::size_t longest = 0;
    for (const std::string_view row : kRows) {
      std::size_t length = std::min(text.size(), row.size());
      while (length >= 3 && row.find(text.substr(0, length)) == std::string_view::npos) --length;
      longest = std::max(longest, length >= 3 ? length : 0);
    }
    if (longest == 0) return text.size() <= 2;
    text.remove_prefix(longest);
  }
  return true;
}

bool is_common(std::string_view lower) {
  if (is_repetition(lower) || is_keyboard_walk(lower)) return true;
  const std::string letters = with_letters(lower);
  for (const std::string_view form : {only_middle(lower), std::string_view(letters), only_middle(letters)}) {
    if (is_common_word(form)) return true;
  }
  return is_common_word(with_letters(only_middle(lower)));
}

base::Error refused(std::string message) { return base::invalid(std::move(message), "/data/attributes/password"); }

}  // namespace

base::Status check_password(const base::Secret& password, const std::vector<std::string>& own_words) {
  const std::string& text = password.reveal();
  if (text.size() < kShortestPassword) {
    return refused("The password needs at least 8 characters; 15 or more are better. A few words in a row do well.");
  }
  if (text.size() > kLongestPassword) return refused("The password must not be longer than 1000 bytes.");
  const std::string lower = base::to_lower(text);
  if (is_common(lower)) {
    return refused(
        "This password is one of those that are tried first. Choose another, such as a few unrelated words.");
  }
  for (const std::string& word : own_words) {
    const std::string own = base::to_lower(word);
    if (own.size() >= 3 && (lower == own || only_middle(lower) == own)) {
      return refused("The password must not be the user name or the e-mail address.");
    }
  }
  return {};
}

}  // namespace signin
