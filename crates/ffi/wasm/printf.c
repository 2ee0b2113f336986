/* snprintf as far as the codecs need it: %d %i %u %x %c %s %p %%, their h, l, ll and z forms, width, precision of
   strings, and the flags 0 and -. Floating point prints as "?": only statistics that nobody asks for use it. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef struct {
  char *to;
  size_t size;
  size_t length;
} Sink;

static void put(Sink *sink, char c) {
  if (sink->length + 1 < sink->size) sink->to[sink->length] = c;
  sink->length++;
}

static void put_padded(Sink *sink, const char *text, size_t length, size_t width, int left, char fill) {
  if (!left && fill == '0' && length && *text == '-') {
    put(sink, '-');
    text++;
    length--;
    if (width) width--;
  }
  for (size_t i = length; !left && i < width; ++i) put(sink, fill);
  for (size_t i = 0; i < length; ++i) put(sink, text[i]);
  for (size_t i = length; left && i < width; ++i) put(sink, ' ');
}

/* Writes backwards from `end`; returns where the digits begin. */
static char *digits(char *end, unsigned long long value, unsigned base) {
  do {
    *--end = "0123456789abcdef"[value % base];
    value /= base;
  } while (value);
  return end;
}

int vsnprintf(char *to, size_t size, const char *format, va_list arguments) {
  Sink sink = { to, size, 0 };
  for (; *format; ++format) {
    if (*format != '%') {
      put(&sink, *format);
      continue;
    }
    int left = 0;
    char fill = ' ';
    for (++format; *format == '-' || *format == '0' || *format == '+' || *format == ' ' || *format == '#'; ++format) {
      if (*format == '-') left = 1;
      if (*format == '0') fill = '0';
    }
    size_t width = 0;
    if (*format == '*') {
      const int given = va_arg(arguments, int);
      left = left || given < 0;
      width = given < 0 ? -(size_t)given : (size_t)given;
      ++format;
    }
    for (; *format >= '0' && *format <= '9'; ++format) width = width * 10 + (size_t)(*format - '0');
    size_t precision = SIZE_MAX;
    if (*format == '.') {
      precision = 0;
      ++format;
      if (*format == '*') {
        const int given = va_arg(arguments, int);
        precision = given < 0 ? SIZE_MAX : (size_t)given;
        ++format;
      }
      for (; *format >= '0' && *format <= '9'; ++format) precision = precision * 10 + (size_t)(*format - '0');
    }
    int longs = 0;
    for (; *format == 'l' || *format == 'z' || *format == 'h' || *format == 'j' || *format == 't'; ++format) {
      if (*format == 'l') longs++;
      if (*format == 'j') longs = 2;
    }
    char buffer[24];
    char *const end = buffer + sizeof(buffer);
    switch (*format) {
      case 'd':
      case 'i': {
        const long long value = longs > 1 ? va_arg(arguments, long long) : va_arg(arguments, int);
        char *start = digits(end, value < 0 ? 0ULL - (unsigned long long)value : (unsigned long long)value, 10);
        if (value < 0) *--start = '-';
        put_padded(&sink, start, (size_t)(end - start), width, left, fill);
        break;
      }
      case 'u':
      case 'x':
      case 'X': {
        const unsigned long long value =
            longs > 1 ? va_arg(arguments, unsigned long long) : va_arg(arguments, unsigned);
        char *start = digits(end, value, *format == 'u' ? 10 : 16);
        put_padded(&sink, start, (size_t)(end - start), width, left, fill);
        break;
      }
      case 'p': {
        char *start = digits(end, (uintptr_t)va_arg(arguments, void *), 16);
        put_padded(&sink, start, (size_t)(end - start), width, left, fill);
        break;
      }
      case 'c': {
        const char c = (char)va_arg(arguments, int);
        put_padded(&sink, &c, 1, width, left, ' ');
        break;
      }
      case 's': {
        const char *text = va_arg(arguments, const char *);
        if (!text) text = "(null)";
        size_t length = 0;
        while (length < precision && text[length]) length++;
        put_padded(&sink, text, length, width, left, ' ');
        break;
      }
      case 'f':
      case 'g':
      case 'e':
        (void)va_arg(arguments, double);
        put_padded(&sink, "?", 1, width, left, ' ');
        break;
      case '%':
        put(&sink, '%');
        break;
      case '\0':
        --format;
        break;
      default:
        put(&sink, *format);
    }
  }
  if (size) to[sink.length < size ? sink.length : size - 1] = '\0';
  return (int)sink.length;
}

int snprintf(char *to, size_t size, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  const int length = vsnprintf(to, size, format, arguments);
  va_end(arguments);
  return length;
}
