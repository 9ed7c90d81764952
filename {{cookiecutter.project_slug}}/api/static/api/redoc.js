// ReDoc requests a logo from another host, and has no option against it.
HTMLImageElement.prototype.setAttribute = function (name, value) {
  if (!String(value).startsWith("https://cdn.redoc.ly/")) {
    Element.prototype.setAttribute.call(this, name, value);
  }
};
