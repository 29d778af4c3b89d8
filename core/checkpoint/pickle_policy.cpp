// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/pickle_policy.h"

#include <algorithm>
#include <array>
#include <iterator>

namespace vitrine {
namespace {

// clang-format off
/// Whole packages; modules inside them too.
constexpr std::string_view packages[] {
    "_aix_support", "_io", "_operator", "_osx_support", "_pickle", "_posixsubprocess", "_pyrepl", "aiohttp",
    "asyncio", "bdb", "cProfile", "cgitb", "cloudpickle", "code", "codeop", "commands", "concurrent", "ctypes",
    "dill", "distutils", "doctest", "ensurepip", "ftplib", "gc", "http", "httplib", "httpx", "idlelib", "imaplib",
    "imp", "importlib", "inspect", "io", "joblib", "lib2to3", "linecache", "logging", "marshal", "multiprocessing",
    "nt", "ntpath", "operator", "os", "pdb", "pickle", "pip", "pkgutil", "poplib", "posix", "posixpath", "profile",
    "pty", "pydoc", "requests", "runpy", "shutil", "smtplib", "socket", "ssl", "subprocess", "sys", "telnetlib",
    "tempfile", "test", "threading", "timeit", "trace", "urllib", "urllib2", "venv", "webbrowser", "xmlrpc",
};

/// Of Python's own functions and types, those that only make values.
constexpr std::string_view harmlessBuiltins[] {
    "bool", "bytearray", "bytes", "complex", "dict", "float", "frozenset", "int", "list", "long", "object", "range",
    "set", "slice", "str", "tuple", "unicode",
};
// clang-format on

struct Name {
    std::string_view module;
    std::string_view name;
};

constexpr std::array<Name, 10> functions{{
    {"types", "CodeType"},
    {"types", "FunctionType"},
    {"types", "MethodType"},
    {"numpy.testing._private.utils", "runstring"},
    {"torch", "load"},
    {"torch.hub", "load"},
    {"torch.jit", "load"},
    {"torch.serialization", "load"},
    {"torch._dynamo.guards", "GuardBuilder"},
    {"copyreg", "add_extension"},
}};

template <typename List>
bool contains(const List& list, std::string_view word)
{
    return std::find(std::begin(list), std::end(list), word) != std::end(list);
}

}  // namespace

bool isDangerous(std::string_view module, std::string_view name)
{
    if (module == "builtins" || module == "__builtin__")
        return !contains(harmlessBuiltins, name);
    // A dot in the name walks through attributes: "collections" "abc.sys.modules".
    if (name.find('.') != std::string_view::npos)
        return true;
    const std::string_view package = module.substr(0, module.find('.'));
    return contains(packages, package) || std::any_of(functions.begin(), functions.end(), [&](const Name& function) {
               return function.module == module && function.name == name;
           });
}

}  // namespace vitrine
