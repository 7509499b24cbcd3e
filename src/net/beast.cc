// The compiled part of Boost.Asio and Boost.Beast (cmake/beast.cmake).
#include <boost/asio/impl/src.hpp>
#include <boost/beast/src.hpp>
