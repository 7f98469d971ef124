-- Twenty reports over the Chinook music shop. Each ends with a semicolon; every order is total.

-- 1 revenue by country
SELECT c.Country, COUNT(DISTINCT c.CustomerId) AS customers, SUM(i.Total) AS revenue, AVG(i.Total) AS average_invoice
FROM Customer c JOIN Invoice i ON i.CustomerId = c.CustomerId
GROUP BY c.Country ORDER BY revenue DESC, c.Country;

-- 2 best selling artists
SELECT ar.Name, SUM(il.Quantity) AS sold, SUM(il.UnitPrice * il.Quantity) AS revenue
FROM Artist ar JOIN Album al ON al.ArtistId = ar.ArtistId JOIN Track t ON t.AlbumId = al.AlbumId JOIN InvoiceLine il ON il.TrackId = t.TrackId
GROUP BY ar.ArtistId, ar.Name ORDER BY revenue DESC, ar.Name LIMIT 15;

-- 3 revenue by year and month
SELECT YEAR(InvoiceDate) AS y, MONTH(InvoiceDate) AS m, COUNT(*) AS invoices, SUM(Total) AS revenue
FROM Invoice GROUP BY YEAR(InvoiceDate), MONTH(InvoiceDate) ORDER BY y, m;

-- 4 tracks never sold, by genre
SELECT g.Name, COUNT(*) AS unsold
FROM Track t JOIN Genre g ON g.GenreId = t.GenreId LEFT JOIN InvoiceLine il ON il.TrackId = t.TrackId
WHERE il.InvoiceLineId IS NULL GROUP BY g.Name ORDER BY unsold DESC, g.Name;

-- 5 employees and their managers
SELECT CONCAT(e.FirstName, ' ', e.LastName) AS employee, e.Title, COALESCE(CONCAT(m.FirstName, ' ', m.LastName), '-') AS manager,
       DATE_FORMAT(e.HireDate, '%Y-%m-%d') AS hired
FROM Employee e LEFT JOIN Employee m ON m.EmployeeId = e.ReportsTo ORDER BY e.EmployeeId;

-- 6 customers above the average spend
SELECT c.FirstName, c.LastName, SUM(i.Total) AS spent
FROM Customer c JOIN Invoice i USING (CustomerId) GROUP BY c.CustomerId, c.FirstName, c.LastName
HAVING SUM(i.Total) > (SELECT AVG(s.total) FROM (SELECT SUM(Total) AS total FROM Invoice GROUP BY CustomerId) s)
ORDER BY spent DESC, c.LastName;

-- 7 longest track of each media type
SELECT mt.Name AS media, t.Name, SEC_TO_TIME(ROUND(t.Milliseconds / 1000)) AS length
FROM Track t JOIN MediaType mt ON mt.MediaTypeId = t.MediaTypeId
WHERE t.Milliseconds = (SELECT MAX(x.Milliseconds) FROM Track x WHERE x.MediaTypeId = t.MediaTypeId)
ORDER BY mt.Name, t.TrackId;

-- 8 playlists by size
SELECT p.PlaylistId, p.Name, COUNT(pt.TrackId) AS tracks, ROUND(SUM(t.Milliseconds) / 3600000, 2) AS hours
FROM Playlist p LEFT JOIN PlaylistTrack pt ON pt.PlaylistId = p.PlaylistId LEFT JOIN Track t ON t.TrackId = pt.TrackId
GROUP BY p.PlaylistId, p.Name ORDER BY tracks DESC, p.PlaylistId;

-- 9 genres with subtotals
SELECT g.Name, mt.Name AS media, COUNT(*) AS tracks
FROM Track t JOIN Genre g ON g.GenreId = t.GenreId JOIN MediaType mt ON mt.MediaTypeId = t.MediaTypeId
GROUP BY g.Name, mt.Name WITH ROLLUP;

-- 10 customers who bought rock and jazz
SELECT c.CustomerId, c.LastName FROM Customer c
WHERE EXISTS (SELECT 1 FROM Invoice i JOIN InvoiceLine il ON il.InvoiceId = i.InvoiceId JOIN Track t ON t.TrackId = il.TrackId JOIN Genre g ON g.GenreId = t.GenreId
              WHERE i.CustomerId = c.CustomerId AND g.Name = 'Rock')
  AND c.CustomerId IN (SELECT i.CustomerId FROM Invoice i JOIN InvoiceLine il ON il.InvoiceId = i.InvoiceId JOIN Track t ON t.TrackId = il.TrackId JOIN Genre g ON g.GenreId = t.GenreId
              WHERE g.Name = 'Jazz')
ORDER BY c.CustomerId;

-- 11 support representatives and their revenue
SELECT e.EmployeeId, e.LastName, COUNT(DISTINCT c.CustomerId) AS customers, SUM(i.Total) AS revenue,
       ROUND(100 * SUM(i.Total) / (SELECT SUM(Total) FROM Invoice), 2) AS share
FROM Employee e JOIN Customer c ON c.SupportRepId = e.EmployeeId JOIN Invoice i ON i.CustomerId = c.CustomerId
GROUP BY e.EmployeeId, e.LastName ORDER BY revenue DESC;

-- 12 albums with more than twenty tracks
SELECT al.Title, ar.Name, COUNT(*) AS tracks, MIN(t.Milliseconds) AS shortest, MAX(t.Milliseconds) AS longest
FROM Album al JOIN Artist ar ON ar.ArtistId = al.ArtistId JOIN Track t ON t.AlbumId = al.AlbumId
GROUP BY al.AlbumId, al.Title, ar.Name HAVING COUNT(*) > 20 ORDER BY tracks DESC, al.Title;

-- 13 price bands
SELECT CASE WHEN UnitPrice < 1 THEN 'cheap' WHEN UnitPrice < 1.5 THEN 'normal' ELSE 'dear' END AS band, COUNT(*) AS tracks, SUM(Bytes) AS bytes
FROM Track GROUP BY band ORDER BY band;

-- 14 artists without albums, and how many
SELECT ar.Name FROM Artist ar WHERE NOT EXISTS (SELECT * FROM Album al WHERE al.ArtistId = ar.ArtistId) ORDER BY ar.Name LIMIT 25;

-- 15 e-mail providers
SELECT SUBSTRING_INDEX(Email, '@', -1) AS provider, COUNT(*) AS customers, GROUP_CONCAT(LastName ORDER BY LastName SEPARATOR '; ') AS names
FROM Customer GROUP BY provider HAVING customers > 1 ORDER BY customers DESC, provider;

-- 16 running revenue of one customer
SELECT i.InvoiceId, i.InvoiceDate, i.Total, (SELECT SUM(p.Total) FROM Invoice p WHERE p.CustomerId = i.CustomerId AND p.InvoiceId <= i.InvoiceId) AS running
FROM Invoice i WHERE i.CustomerId = 5 ORDER BY i.InvoiceId;

-- 17 who sells and who buys, in one list
SELECT 'employee' AS kind, City, COUNT(*) AS people FROM Employee GROUP BY City
UNION ALL
SELECT 'customer', City, COUNT(*) FROM Customer WHERE Country IN ('Canada', 'USA') GROUP BY City
ORDER BY kind, people DESC, City;

-- 18 days between invoices
SELECT a.CustomerId, MIN(DATEDIFF(b.InvoiceDate, a.InvoiceDate)) AS closest, MAX(DATEDIFF(b.InvoiceDate, a.InvoiceDate)) AS farthest
FROM Invoice a JOIN Invoice b ON b.CustomerId = a.CustomerId AND b.InvoiceDate > a.InvoiceDate
GROUP BY a.CustomerId ORDER BY closest, a.CustomerId LIMIT 20;

-- 19 tracks whose names say love
SELECT t.TrackId, t.Name, al.Title FROM Track t JOIN Album al ON al.AlbumId = t.AlbumId
WHERE t.Name LIKE '%love%' AND t.Composer IS NOT NULL AND CHAR_LENGTH(t.Name) BETWEEN 8 AND 20 ORDER BY t.Name, t.TrackId LIMIT 30;

-- 20 the dearest invoices with their share of tracks by genre
SELECT i.InvoiceId, c.LastName, i.Total, COUNT(*) AS tracks, SUM(g.Name = 'Rock') AS rock, SUM(IF(g.Name LIKE '%TV%', 1, 0)) AS tv
FROM Invoice i JOIN Customer c ON c.CustomerId = i.CustomerId JOIN InvoiceLine il ON il.InvoiceId = i.InvoiceId
JOIN Track t ON t.TrackId = il.TrackId JOIN Genre g ON g.GenreId = t.GenreId
GROUP BY i.InvoiceId, c.LastName, i.Total ORDER BY i.Total DESC, i.InvoiceId LIMIT 12;
